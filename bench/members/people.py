"""A shop of a million members among two million, with the names Japan has: some borne by thousands, some by one."""

import os

from bench.stage import fill, owner, shop

# Fewer only to see that a part runs: its figures then say nothing.
MEMBERS = int(os.environ.get("BENCH_MEMBERS", 1_000_000))
# In the order of how many bear them; the earlier ones are drawn far more often.
SURNAMES = [
    "佐藤", "鈴木", "高橋", "田中", "伊藤", "渡辺", "山本", "中村", "小林", "加藤", "吉田", "山田", "佐々木", "山口",
    "松本", "井上", "木村", "林", "斎藤", "清水", "山崎", "森", "池田", "橋本", "阿部", "石川", "山下", "中島",
    "石井", "小川", "前田", "岡田", "長谷川", "藤田", "後藤", "近藤", "村上", "遠藤", "青木", "坂本", "斉藤", "福田",
    "太田", "西村", "藤井", "金子", "岡本", "藤原", "三浦", "中野", "中川", "原田", "松田", "竹内", "小野", "田村",
    "中山", "和田", "石田", "森田", "上田", "原", "内田", "柴田", "酒井", "宮崎", "横山", "高木", "安藤", "宮本",
    "大野", "小島", "谷口", "工藤", "今井", "高田", "増田", "丸山", "杉山", "村田", "大塚", "新井", "小山", "平野",
    "藤本", "河野", "上野", "野口", "武田", "松井", "千葉", "菅原", "岩崎", "木下", "久保", "佐野", "野村", "松尾",
    "市川", "菊地", "杉本", "古川", "大西", "島田", "水野", "桜井", "髙橋", "渡邊", "齋藤", "山﨑", "濱田", "髙木",
    "廣瀬", "櫻井", "渡邉", "齊藤", "五十嵐", "東海林", "勅使河原", "小鳥遊",
]  # fmt: skip
GIVEN = [
    "花子", "太郎", "翔太", "陽菜", "結衣", "大輔", "健一", "美咲", "さくら", "葵", "蓮", "湊", "凛", "美穂", "直樹",
    "由美子", "恵子", "幸子", "和子", "洋子", "誠", "学", "隆", "茂", "明", "裕子", "久美子", "智子", "真由美",
    "香織", "恵美", "愛", "彩", "舞", "麻衣", "千尋", "瞳", "純", "翼", "優", "大翔", "悠真", "陽太", "結菜", "莉子",
    "ひなた", "あかり", "ゆい", "はるか", "めぐみ", "俊介", "拓也", "達也", "和也", "哲也", "浩", "剛", "修", "進",
    "豊", "清", "実", "正", "勇", "博", "昭", "一郎", "二郎", "三郎", "次郎", "健太", "亮", "駿", "匠", "樹", "颯太",
]  # fmt: skip
NICKNAMES = [
    "はなこ", "たろう", "ゆい", "ﾊﾙｶ", "Yuki", "mei", "☆あい☆", "さくら🌸", "けん", "まさ", "たかし", "佐藤", "みほ",
    "りこママ", "H.Tanaka", "K.S", "ﾋﾛ", "なお", "tomo", "あっきー",
]  # fmt: skip
RARE = "五百旗頭 ひより"


def million() -> int:
    """The number of the shop with a million members; the other million are another shop's."""
    tenant, other = shop("million"), shop("other")
    with owner() as db:
        there: dict[int, int] = dict(
            db.execute(
                "SELECT tenant_id, count(*) FROM members_member GROUP BY tenant_id"
            ).fetchall()
        )
    for place in (other, tenant):
        if there.get(place.pk, 0) < MEMBERS:
            fill_members(place.pk)
            fill_tags(place.pk)
            with owner() as db:
                # What triggers wrote waits in the lists of their indexes; autovacuum would tidy it up within minutes.
                db.execute("VACUUM ANALYZE")
    return int(tenant.pk)


def fill_members(tenant_id: int) -> None:
    from members.models import Member
    from members.normalize.names import normalize_name

    def drawn(words: list[str], salt: int, power: float) -> str:
        listed = ",".join(f"'{word}'" for word in words)
        return f"(ARRAY[{listed}])[1 + floor({len(words)} * power({chance(salt)}, {power}))::int]"

    surname, given = drawn(SURNAMES, 1, 1.1), drawn(GIVEN, 2, 1.1)
    surname_key = drawn([normalize_name(word) for word in SURNAMES], 1, 1.1)
    given_key = drawn([normalize_name(word) for word in GIVEN], 2, 1.1)
    rare, rare_key = f"'{RARE}'", f"'{normalize_name(RARE)}'"
    fill(
        Member,
        MEMBERS,
        tenant_id=str(tenant_id),
        public_id="lpad(n::text, 12, 'b')",
        name=f"CASE n WHEN 7777 THEN {rare} ELSE {surname} || ' ' || {given} END",
        name_key=f"CASE n WHEN 7777 THEN {rare_key} ELSE {surname_key} || {given_key} END",
        email="'user' || n || '@example.jp'",
        email_key="'user' || n || '@example.jp'",
        phone="'0' || (80 + n % 2 * 10) || lpad((10000000 + n * 7919::bigint % 89999999)::text, 8, '1')",
        phone_e164="'+81' || (80 + n % 2 * 10) || lpad((10000000 + n * 7919::bigint % 89999999)::text, 8, '1')",
        line_user_id=f"'U' || md5('{tenant_id}-' || n)",
        line_name=f"CASE WHEN n % 10 < 7 THEN {drawn(NICKNAMES, 3, 1.2)} ELSE '' END",
        line_state="CASE WHEN n % 10 < 7 THEN 'friend' WHEN n % 10 = 7 THEN 'blocked' ELSE 'none' END",
        link_state="CASE WHEN n % 10 < 5 THEN 'linked' WHEN n % 10 < 8 THEN 'known' ELSE 'unanswered' END",
        known_at="CASE WHEN n % 10 < 8 THEN now() - n * interval '1 second' END",
        known_by="'form'",
        birthday="date '1950-01-01' + n % 20000",
        birth_md="to_char(date '1950-01-01' + n % 20000, 'MMDD')::int",
        created_at="now() - n * interval '1 second'",
        last_seen_at="now() - (n * 37 % 9999999) * interval '1 second'",
    )


def fill_tags(tenant_id: int) -> None:
    """Thirty tags; three of them on four members in ten."""
    from members.models import Tag, TagBatch

    fill(
        Tag,
        30,
        tenant_id=str(tenant_id),
        public_id="lpad(n::text, 12, 't')",
        name="'タグ' || n",
        name_key="'タグ' || n",
        color="'blue'",
    )
    with owner() as db:
        tags = [
            pk
            for (pk,) in db.execute(
                "SELECT id FROM members_tag WHERE tenant_id = %s ORDER BY id",
                [tenant_id],
            )
        ]
    fill(
        TagBatch,
        1,
        tenant_id=str(tenant_id),
        tag_id=str(tags[0]),
        action="'add'",
        source="'operator'",
    )
    with owner() as db:
        db.execute(
            """INSERT INTO members_membertag (tenant_id, tag_id, member_id, batch_id)
               SELECT %(tenant)s, %(first)s + (m.id * 7 + k * 11) %% 30, m.id,
                      (SELECT max(id) FROM members_tagbatch WHERE tenant_id = %(tenant)s)
               FROM members_member m, generate_series(0, 2) k WHERE m.tenant_id = %(tenant)s AND m.id %% 10 < 4""",
            {"tenant": tenant_id, "first": tags[0]},
        )
        db.execute("VACUUM ANALYZE members_membertag")


def chance(salt: int) -> str:
    """From 0 to 1, the same for the same row in every run."""
    return f"((hashint8(n * 10 + {salt}) & 2147483647) / 2147483648.0)"
