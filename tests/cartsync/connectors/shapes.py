"""The shape of each kind of cart, by kind."""

from tests.cartsync.connectors.fake_colorme import ColormeShape
from tests.cartsync.connectors.fake_eccube import EccubeShape
from tests.cartsync.connectors.fake_shopify import ShopifyShape
from tests.cartsync.connectors.fakes import EcforceShape, GenericShape, Shape

SHAPES: dict[str, type[Shape]] = {
    "ecforce": EcforceShape,
    "generic": GenericShape,
    "colorme": ColormeShape,
    "eccube": EccubeShape,
    "shopify": ShopifyShape,
}
