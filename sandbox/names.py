"""Raw material for plausible people. Common names; streets and mail addresses that belong to nobody."""


def split_entries(text: str) -> list[tuple[str, ...]]:
    """Split "a/b c/d" into [("a", "b"), ("c", "d")]."""
    return [tuple(entry.split("/")) for entry in text.split()]


# kanji/katakana; the second list holds spellings that plain normalisation does not fold together.
FAMILY = split_entries("""
    佐藤/サトウ 鈴木/スズキ 高橋/タカハシ 田中/タナカ 伊藤/イトウ 渡辺/ワタナベ 山本/ヤマモト 中村/ナカムラ
    小林/コバヤシ 加藤/カトウ 吉田/ヨシダ 山田/ヤマダ 佐々木/ササキ 山口/ヤマグチ 松本/マツモト
    井上/イノウエ 木村/キムラ 林/ハヤシ 斎藤/サイトウ 清水/シミズ 山崎/ヤマザキ 森/モリ 池田/イケダ
    橋本/ハシモト 阿部/アベ 石川/イシカワ 山下/ヤマシタ 中島/ナカジマ 石井/イシイ 小川/オガワ 前田/マエダ
    岡田/オカダ 長谷川/ハセガワ 藤田/フジタ 後藤/ゴトウ 近藤/コンドウ 村上/ムラカミ 遠藤/エンドウ
    青木/アオキ 坂本/サカモト 福田/フクダ 太田/オオタ 西村/ニシムラ 藤井/フジイ 金子/カネコ 岡本/オカモト
    藤原/フジワラ 三浦/ミウラ 中野/ナカノ 原田/ハラダ 松田/マツダ 竹内/タケウチ 小野/オノ 田村/タムラ
    中山/ナカヤマ 和田/ワダ 石田/イシダ 上田/ウエダ 森田/モリタ 柴田/シバタ 酒井/サカイ 工藤/クドウ
    横山/ヨコヤマ 宮崎/ミヤザキ 内田/ウチダ 高木/タカギ 安藤/アンドウ 谷口/タニグチ 大野/オオノ 今井/イマイ
""")
VARIANT_FAMILY = split_entries("""
    髙橋/タカハシ 﨑山/サキヤマ 山﨑/ヤマザキ 渡邊/ワタナベ 渡邉/ワタナベ 齋藤/サイトウ 齊藤/サイトウ
    𠮷田/ヨシダ 濵田/ハマダ 廣瀬/ヒロセ 德永/トクナガ 嶋田/シマダ 冨田/トミタ 桒原/クワハラ
""")
WOMEN = split_entries("""
    陽子/ヨウコ 恵子/ケイコ 幸子/サチコ 由美子/ユミコ 久美子/クミコ 真由美/マユミ 智子/トモコ 裕子/ユウコ
    直美/ナオミ 香織/カオリ 美穂/ミホ 麻衣/マイ 愛/アイ 彩/アヤ 優子/ユウコ 明美/アケミ 千尋/チヒロ
    桃子/モモコ さくら/サクラ 美咲/ミサキ 陽菜/ヒナ 結衣/ユイ 葵/アオイ 凛/リン 花/ハナ 莉子/リコ
    七海/ナナミ 遥/ハルカ ひろみ/ヒロミ 典子/ノリコ
""")
MEN = split_entries("""
    誠/マコト 健一/ケンイチ 浩/ヒロシ 隆/タカシ 大輔/ダイスケ 翔太/ショウタ 拓也/タクヤ 健太/ケンタ
    直樹/ナオキ 剛/ツヨシ 翼/ツバサ 蓮/レン 悠斗/ユウト 大翔/ヒロト 修/オサム 茂/シゲル 学/マナブ
    哲也/テツヤ 雄一郎/ユウイチロウ 亮/リョウ
""")
# Prefecture/city/head of the post code. The quarters are made up.
PLACES = split_entries("""
    北海道/札幌市/060 宮城県/仙台市/980 茨城県/水戸市/310 埼玉県/さいたま市/330 千葉県/千葉市/260
    東京都/世田谷区/154 東京都/練馬区/176 東京都/江東区/135 神奈川県/横浜市/220 神奈川県/川崎市/210
    新潟県/新潟市/950 静岡県/浜松市/430 愛知県/名古屋市/450 京都府/京都市/600 大阪府/大阪市/530
    大阪府/堺市/590 兵庫県/神戸市/650 岡山県/岡山市/700 広島県/広島市/730 福岡県/福岡市/810
    熊本県/熊本市/860 沖縄県/那覇市/900
""")
QUARTERS = ("つなぎ町", "見本町", "例示台", "架空が丘", "ためし野", "仮名通")
# Hosts reserved for examples; carrier hosts, whose old local parts (double dots, a dot before @) trip validators.
EXAMPLE_HOSTS = (
    "example.jp",
    "example.co.jp",
    "mail.example.jp",
    "example.com",
    "example.ne.jp",
)
CARRIER_HOSTS = (
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "softbank.ne.jp",
    "au.com",
    "i.softbank.jp",
)
MARKS = ("", "", "", "♪", "☆", "♡")
# Katakana to letters, good enough for mail addresses.
ROMAJI = {
    entry[0]: entry[1]
    for entry in split_entries("""
    ア/a イ/i ウ/u エ/e オ/o カ/ka キ/ki ク/ku ケ/ke コ/ko サ/sa シ/shi ス/su セ/se ソ/so タ/ta チ/chi
    ツ/tsu テ/te ト/to ナ/na ニ/ni ヌ/nu ネ/ne ノ/no ハ/ha ヒ/hi フ/fu ヘ/he ホ/ho マ/ma ミ/mi ム/mu メ/me
    モ/mo ヤ/ya ユ/yu ヨ/yo ラ/ra リ/ri ル/ru レ/re ロ/ro ワ/wa ン/n ガ/ga ギ/gi グ/gu ゲ/ge ゴ/go ザ/za
    ジ/ji ズ/zu ゼ/ze ゾ/zo ダ/da ヂ/ji ヅ/zu デ/de ド/do バ/ba ビ/bi ブ/bu ベ/be ボ/bo
""")
}
