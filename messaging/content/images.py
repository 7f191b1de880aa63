"""Pictures in messages: made anew from what was uploaded, without what a camera wrote into it, at a random address."""

import io
import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from messaging.models import MessageImage
from operators import audit
from tenants.models import Tenant
from tenants.realms import build_realm_url

# LINE takes a picture of up to 10 MB and a preview of up to 1 MB; ours are far below both.
LARGEST_UPLOAD = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE, PREVIEW_SIDE = 1600, 480
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


@transaction.atomic
def store_image(data: bytes) -> MessageImage:
    """Store a picture that an operator uploaded. Raise ValidationError with the cause and the remedy."""
    if len(data) > LARGEST_UPLOAD:
        raise ValidationError(
            _("画像ファイルが10MBを超えています。小さくしてから選び直してください。")
        )
    picture = read_picture(data)
    image: MessageImage = MessageImage.objects.create(
        token=secrets.token_urlsafe(24),
        width=picture.width,
        height=picture.height,
        data=encode_jpeg(picture, LONGEST_SIDE),
        preview=encode_jpeg(picture, PREVIEW_SIDE),
    )
    audit.record_action("message_image.made", image)
    return image


def read_picture(data: bytes) -> Image.Image:
    """Return the picture, turned as the camera held it, on white where it was transparent."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise ValidationError(
                    _("画像が大きすぎます。縦横を小さくしてから選び直してください。")
                )
            turned = ImageOps.exif_transpose(opened).convert("RGBA")
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        Image.DecompressionBombError,
    ) as error:
        raise ValidationError(
            _("画像を読み取れません。JPEGかPNGのファイルを選んでください。")
        ) from error
    ground = Image.new("RGB", turned.size, "white")
    ground.paste(turned, mask=turned.getchannel("A"))
    return ground


def encode_jpeg(picture: Image.Image, side: int) -> bytes:
    """Return the pixels alone as a JPEG of at most ``side`` pixels: no EXIF, no place, no profile."""
    small = picture.copy()
    small.thumbnail((side, side))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85, optimize=True, progressive=True)
    return out.getvalue()


def build_image_url(tenant: Tenant, token: str, small: bool = False) -> str:
    """Return the public URL of the picture; LINE fetches it from there, and so does the customer's phone."""
    name = "message_pages:preview" if small else "message_pages:image"
    return build_realm_url("public", tenant, name, [token])
