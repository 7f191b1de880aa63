"""What else people call what is done on a page: the words of the systems they come from, in Japanese and English.

By URL name; "…#…" where one page has several places (administration/help/places.py). Data, never shown.
"""

WORDS = {
    "administration:today": "ダッシュボード、ホーム、トップ、todo、dashboard",
    "members:list": (
        "顧客管理、連絡先管理、顧客検索、会員検索、本人確認データ、詳細、customers、contacts"
    ),
    "members:tags": "一斉タグ付け、一括タグ付け、タグ付与、タグ統合、labels",
    "members:tag_folders": "フォルダー、分類、folders",
    "members:segments": (
        "検索条件の呼び出し、検索条件名、セグメント、顧客セグメント、ショートカット、上書き、並び替え、"
        "共有、segments"
    ),
    "members:filter": (
        "相対日付、今日から何日前、詳細検索、詳細フィルター、マルチフィルター、この条件で検索する、AND、"
        "OR、すべて、いずれか、範囲指定、生年月日、誕生日、削除:含む、次のタグを含む会員、"
        "次のタグを含まない会員、購入総額、購入回数、relative date"
    ),
    "members:paste": (
        "検索キーワードを分けて入力、カンマ区切り、メールアドレス絞込み、一括検索、複数顧客、顧客ID、"
        "顧客番号、コンマ、comma separated"
    ),
    "members:inquiries": (
        "お問い合わせ一括作成、応対履歴、対応マーク、担当者、inquiries"
    ),
    "members:attributes": (
        "アーカイブ、復元、顧客プロフィール情報、カスタム項目、表示順、表示・非表示、トークの横、archive、"
        "custom fields"
    ),
    "members:add": "顧客の作成、新規作成、手動登録、add customer",
    "members:import_new": (
        "インポート、CSVを取り込む、エクセル、一括登録、一括更新、列の対応、upload"
    ),
    "members:imports": "インポート履歴、取り込みを元に戻す、エラー行、undo import",
    "members:export": (
        "書き出す、エクスポート、ダウンロード、CSV一括出力、ダウンロード理由、ファイルのパスワード、"
        "download"
    ),
    "members:exports": "ダウンロード履歴、エクスポート履歴、downloads",
    "members:shared_emails": (
        "重複許可、メールアドレス重複許可、退会のみ重複可、同じメールアドレス、duplicates"
    ),
    "cartsync:orders": "受注管理、購入履歴、定期受注、売上完了、注文、orders",
    "cartsync:carts": (
        "連携頻度、照合に使う項目、再読み込み、API連携、プレックス、リピスト、ecforce、Shopify、"
        "カラーミー、ebisumart、同期、sync"
    ),
    "cartsync:kinds": (
        "カートをつなぐ、API、接続、プレックス、リピスト、ecforce、Shopify、カラーミー、connect cart"
    ),
    "cartsync:funnel": "連携率、未連携、連携できない理由、認知済み、unlinked",
    "cartsync:review": (
        "惜しい一致、連携後に変更、照合できない会員、名寄せ、電話番号が異なる、near miss"
    ),
    "cartsync:mails": (
        "注文メール受信ログ、受信ログ、注文確認メール、出荷完了メール、order mails"
    ),
    "cartsync:mailboxes": (
        "IMAP、POP3、転送用アドレス、メールボックス、注文確認メール受信、mailbox"
    ),
    "cartsync:mailbox_new": "IMAP、POP3、転送用アドレス、mailbox",
    "cartsync:masks": (
        "マスク、解析マスク設定、マスクアドレス、店舗マスクアドレス、楽天安心メルアド、"
        "受注一括処理システム、前の目印、楽天市場、ぐるなび食市場、DeNAショッピング、Yahoo!ショッピング、"
        "Amazon、ショップサーブ、メイクショップ、parsing"
    ),
    "messaging:scenarios": (
        "シナリオ、ステップメール、自動フォローメール、フォローメール、トリガー、きっかけ、電話番号再入力、"
        "メッセージ管理名、ステップ数、毎回送信する、一度だけ送信する、シナリオ実行中なら送信しない、"
        "新しいシナリオを実行、再回答、scenarios"
    ),
    "messaging:new_scenario": (
        "シナリオ、トリガー、タグ追加をトリガーとする、送信時間設定、new scenario"
    ),
    "messaging:broadcasts": (
        "メール一括通知、メルマガ、キャンペーン、予約配信、反応率、CVR、newsletter"
    ),
    "messaging:new_broadcast": "メール一括通知、メルマガ、予約配信、newsletter",
    "messaging:booked": (
        "予約済み、個別停止、個別送信予定変更、個別文面変更、配信予約、未送信、booked"
    ),
    "messaging:forecast": "配信の予行、シミュレーション、予定、preview",
    "messaging:keywords": "自動応答、自動返信、チャット、auto reply",
    "messaging:deliveries": "送信ログ、メール配信履歴、配信履歴、結果不明、sent",
    "messaging:runs": "実行状況ログ、シナリオの履歴、runs",
    "messaging:stop_sends": "強制停止、緊急停止、一時停止、配信停止、emergency stop",
    "messaging:testers": "テスト送信、テスト配信、テストアカウント、test send",
    "messaging:calendar": (
        "営業日登録、休業日、定休日、土日祝、祝日、締め時間、受信締切時間、出荷日、出荷日設定、cut-off、"
        "holidays"
    ),
    "messaging:calculator": (
        "締め時間、出荷日、受注日、送信日、何営業日後、shipping day"
    ),
    "messaging:accounts": (
        "LINE公式アカウント、チャネルID、チャネルシークレット、チャネルアクセストークン、LINEログイン、"
        "LIFF ID、Webhook、外部サービス、有効、無効、integrations"
    ),
    "messaging:new_account": (
        "LINE公式アカウント、チャネルID、チャネルシークレット、Webhook、connect line"
    ),
    "messaging:mail_accounts": (
        "SMTP、差出人、From、テストメール、楽天、ドメイン、送信サーバー、smtp"
    ),
    "messaging:new_mail_account": "SMTP、差出人、送信サーバー",
    "messaging:suppressions": "配信停止、エラーメール、バウンス、届かないアドレス、受信拒否、bounces、suppression",
    "messaging:mail_routes": "楽天、楽天あんしんメルアド、ドメイン別、送信サーバーの切り替え、routing, Rakuten",
    "messaging:mail_domains": "SPF、DKIM、DMARC、なりすまし、迷惑メール、電子署名、DNS、到達率",
    "messaging:mail_footer": "特定電子メール法、フッター、署名、配信停止リンク、住所、footer、unsubscribe",
    "messaging:days": "グラフ、日ごと、送信数、chart",
    "messaging:templates": "ひな形、定型文、差し込み、テンプレートに保存、presets",
    "forms_builder:list": (
        "オリジナルフォーム、本人確認フォーム、アンケート、解約受付、呼び出しURL、短縮URL、QRコード、"
        "申込み通知、即時判定、外部URL、自動返信メール、回答、survey、forms"
    ),
    "forms_builder:gallery": (
        "フォームのテンプレート、本人確認フォーム、解約受付フォーム、アンケート、form templates"
    ),
    "forms_builder:privacy": "個人情報保護方針、プライバシーポリシー、privacy policy",
    "rpa:settings": "自動解約処理、ロボット、試行、本番、受付の条件、ドライラン、robot",
    "rpa:settings#search": (
        "検索順位、第1条件、第2条件、第3条件、一点一致、何点一致、氏名、電話番号、メールアドレス、"
        "ドラッグ&ドロップ、いずれか、matching"
    ),
    "rpa:requests": (
        "強制停止、スタート、解約、休止、スキップ、自動解約、停止、cancellations"
    ),
    "rpa:statistics": "解約理由、集計、cancellation reasons",
    "administration:checklist": (
        "はじめの設定、初期設定、導入手順、セットアップ、onboarding"
    ),
    "administration:plan": (
        "会員数の上限、お試し、正式利用、利用申し込み、料金、ショップとプラン、trial"
    ),
    "administration:operators": (
        "メンバー/権限、利用スタッフ、スタッフ、店長権限、スタッフ権限、パスワードの再発行、ログインID、"
        "個人情報のマスク、members of staff"
    ),
    "administration:operator_new": (
        "オペレーター作成、利用スタッフ追加、スタッフ追加、add staff"
    ),
    "administration:groups": "メンバーグループ、検索条件の共有、チーム、teams",
    "administration:security": "二段階認証、2段階認証、パスキー、セッション、2fa",
    "administration:operations": "バックアップ、障害、システムの状態、backup",
    "administration:audit": "変更履歴、操作履歴、操作ログ、アクセスログ、changes",
    "notifications:settings": (
        "スマホ連携、オリジナルフォーム送信の通知、LINE通知、メール通知、通知しない時間帯、ベル、"
        "テスト通知、alerts"
    ),
    "helpdesk:setup": (
        "Re:lation、MailDealer、メールディーラー、受信箱、受信箱ID、接続先URL、外部システム連携、"
        "問い合わせ管理、インゲージ"
    ),
    "jobs:jobs": "ジョブ、進み具合、一括処理の結果、バックグラウンド、progress",
}
