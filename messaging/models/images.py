"""Pictures that messages show."""

from django.db import models

from tenants.models import TenantModel


class MessageImage(TenantModel):
    """A picture made anew from an upload, and a small one of it, both JPEG. Whoever knows the token sees it."""

    token = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    data = models.BinaryField()
    preview = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "token"], name="messageimage_token"
            )
        ]

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"
