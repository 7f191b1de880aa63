"""What the operators add to the app below."""

from operators.login.factors import rotate_factors
from operators.models import Seat
from tenants.extension import TenantsExtension

TENANTS = TenantsExtension(
    "operators", rotations=(rotate_factors,), own_rows=(Seat._meta.db_table,)
)
