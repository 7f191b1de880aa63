"""Kanji written in more than one way in names: the forms a register keeps and the forms people type."""

# Each group folds to its first character. These are the forms that NFKC does not fold.
GROUPS = """
高髙 崎﨑嵜 浜濱濵 斉齊斎齋亝斊 辺邊邉边 吉𠮷 広廣 沢澤泽 島嶋嶌 国國 桜櫻 竜龍 滝瀧 条條 恵惠 徳德 真眞 静靜
増增 渕淵渊 薮籔藪 桧檜 万萬 円圓 関關 黒黑 遥遙 亜亞 亀龜 児兒 実實 寿壽 栄榮 学學斈 総總 桑桒 曽曾 富冨 峰峯 館舘
柳栁桺 会會 与與 弥彌 礼禮 豊豐 鉄鐵鐡 宝寶寳 戸戶 聡聰 凛凜 槙槇 尭堯 瑶瑤 晃晄 秋穐 岳嶽 巌巖 厳嚴 糸絲 灯燈 慎愼
祢禰 弁辨辯瓣 来來 麦麥 楽樂 薫薰 覚覺 蔵藏 横橫 砺礪 頼賴 瀬瀨 温溫 涼凉 巻卷 鴎鷗 顕顯 桝枡 兎兔 欅﨔 青靑 清淸
強强 塩鹽 郷鄕 郎郞 朗朖 節節 権權 検檢 県縣 芸藝 桟棧 斎齋 蛍螢 経經 継繼 献獻 顔顏 拡擴 気氣 帰歸 旧舊 挙擧
暁曉 勲勳 径徑 渓溪 鶏鷄雞 茎莖 剣劍劔 圏圈 晩晚 恒恆 号號 済濟 参參 桑桒 賛贊 糸絲 湿濕 縦縱 粛肅 緑綠 処處 奨奬
将將 焼燒 証證 畳疊 醸釀 慎愼 尽盡 図圖 粋粹 酔醉 穂穗 随隨 髄髓 枢樞 数數 声聲 斉齊 窃竊 専專 浅淺 銭錢 践踐 潜潛
繊纖 禅禪 双雙 壮壯 荘莊 争爭 装裝 騒騷 続續 対對 帯帶 滞滯 台臺 択擇 担擔 単單 団團 弾彈 昼晝 虫蟲 鋳鑄 庁廳 聴聽
逓遞 点點 伝傳 当當 党黨 闘鬪 独獨 読讀 届屆 弐貳 悩惱 脳腦 覇霸 廃廢 売賣 発發 髪髮 抜拔 蛮蠻 秘祕 浜濱 仏佛 払拂
並竝 変變 辺邊 宝寶 豊豐 翻飜 満滿 黙默 訳譯 薬藥 予豫 余餘 誉譽 揺搖 様樣 謡謠 乱亂 覧覽 両兩 猟獵 塁壘 励勵
霊靈 齢齡 恋戀 炉爐 労勞 楼樓 湾灣 隠隱 営營 衛衞 駅驛 応應 欧歐 殴毆 仮假 価價 画畫 懐懷 壊壞 概槪 殻殼 岩嵓巗
間閒 缶罐 観觀 陥陷 歓歡 勧勸 寛寬 館舘 関関 犠犧 戯戲 拠據 峡峽 狭狹 尭堯 区區 駆驅 径徑 恵惠 掲揭 茎莖 鈴鈴 邦邦
梅楳 柏栢 杉椙 橋槗 松枩 船舩舟 辻辻 坂坂 蘇蘓 野埜 昇曻 昭昭 杯盃 淳湻 敏敏 寅寅 裕裕 渚渚 琢琢 祐祐 猪猪 葛葛 蓮蓮
"""


def _build_variants() -> dict[int, str]:
    folded: dict[str, str] = {}
    for group in GROUPS.split():
        first = group[0]
        for other in group[1:]:
            folded.setdefault(other, folded.get(first, first))
    return {ord(other): first for other, first in folded.items() if other != first}


VARIANTS = _build_variants()
