"""States of the demo cart with their Japanese names. Those of customers are our own choice; the rest is the cart's."""

CUSTOMER = {
    "member": "会員",
    "guest": "ゲスト",
    "visitor": "ビジター",
    "withdrawn": "退会",
}
ORDER = {"complete": "注文確定", "pending": "保留", "canceled": "キャンセル"}
PAYMENT = {"completed": "売上完了", "authed": "仮売上完了", "voided": "取消済み"}
SUBSCRIPTION = {"active": "有効", "suspend": "停止", "canceled": "キャンセル"}
# What the API of a real cart also sends with a customer, and no client may keep.
SECRET_TOKEN = "demo-secret-token-of-customer"  # noqa: S105 - made up
SECRET_CARD = "4111-0000-demo-card"  # noqa: S105 - made up
REASONS = {
    "1": "金銭的な問題",
    "2": "商品が余っている",
    "3": "効果を感じない",
    "4": "体に合わない",
    "5": "その他",
}
PRODUCTS = [
    ("CC-001", "うるおいコラーゲン 30日分", 3980),
    ("TE-010", "めぐり茶 30包", 2480),
    ("SP-100", "つづける青汁 31包", 3240),
    ("SK-201", "しっとり化粧水 200ml", 4400),
    ("PT-300", "毎日プロテイン 15食", 5480),
]
