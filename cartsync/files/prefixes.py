"""How the name of a file in a watched folder begins, for each kind of rows; customers are loaded first."""

from cartsync.connectors.base import Resource

PREFIXES = {
    Resource.CUSTOMERS: ("customers", "顧客"),
    Resource.ORDERS: ("orders", "受注"),
    Resource.SUBSCRIPTIONS: ("subscriptions", "定期"),
}
