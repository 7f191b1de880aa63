"""Words for states that mean the same in every cart; what else a cart says is mapped on its page."""

CUSTOMER_WORDS = {
    "会員": "member", "member": "member", "ゲスト": "guest", "guest": "guest", "退会": "left", "退会済": "left",
    "deleted": "left", "withdrawn": "left",
}  # fmt: skip
ORDER_WORDS = {
    "売上完了": "sold", "paid": "sold", "入金済": "sold", "入金済み": "sold", "与信完了": "authorised",
    "authorized": "authorised", "注文受付": "pending", "pending": "pending", "キャンセル": "cancelled",
    "canceled": "cancelled", "cancelled": "cancelled", "返品": "returned", "refunded": "returned",
}  # fmt: skip
SUBSCRIPTION_WORDS = {
    "継続": "active", "継続中": "active", "active": "active", "一時停止": "suspended", "休止": "suspended",
    "休止中": "suspended", "paused": "suspended", "解約": "cancelled", "解約済": "cancelled",
    "解約済み": "cancelled", "canceled": "cancelled", "cancelled": "cancelled",
}  # fmt: skip
