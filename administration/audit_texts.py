"""A line of the audit log in words. What has no word yet is shown by its own name, so that no line is left out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from operators.models import AuditEntry

# The first part of an action's name: what was acted on.
NOUNS = {
    "login": _("ログイン"),
    "seat": _("オペレーター"),
    "group": _("メンバーグループ"),
    "member": _("会員"),
    "members": _("会員"),
    "tag": _("タグ"),
    "tag_folder": _("タグのフォルダ"),
    "attribute": _("会員情報項目"),
    "segment": _("保存した条件"),
    "note": _("メモ"),
    "inquiry": _("お問い合わせ"),
    "import": _("取り込み"),
    "export": _("書き出し"),
    "file": _("ファイル"),
    "job": _("処理"),
    "form": _("フォーム"),
    "scenario": _("ステップメッセージ"),
    "trigger": _("きっかけ"),
    "step": _("メッセージ"),
    "delivery": _("配信"),
    "mailaccount": _("メールアカウント"),
    "mailfooter": _("送信者の表示"),
    "mailroute": _("送信元の振り分け"),
    "sendingdomain": _("送信ドメイン"),
    "tester": _("テスト配信先"),
    "account": _("LINEアカウント"),
    "cart": _("カート"),
    "link": _("連携"),
    "near_miss": _("惜しい一致"),
    "calendar": _("営業日カレンダー"),
    "audit": _("監査ログ"),
    "search": _("検索"),
    "value_list": _("値のリスト"),
    "mailbox": _("受信アカウント"),
    "mask": _("解析マスク"),
    "notice": _("通知"),
    "rpa": _("RPA"),
    "message_image": _("メッセージの画像"),
    "message_template": _("テンプレート"),
    "keyword": _("キーワード応答"),
    "helpdesk": _("ヘルプデスク連携"),
    "broadcast": _("一斉配信"),
    "sending": _("全配信"),
    "shop": _("ショップ"),
    "support": _("サポート"),
    "suppression": _("メールの送信停止"),
}
# The second part: what was done.
VERBS = {
    "offer_answered": _("案内への返事"),
    "login_stored": _("管理画面のログインの保存"),
    "login_live": _("管理画面での実行を本番に"),
    "login_rehearsal": _("管理画面での実行を試行に"),
    "login_asked": _("管理画面のログインの確認"),
    "added": _("追加"),
    "made": _("作成"),
    "saved": _("保存"),
    "changed": _("変更"),
    "deleted": _("削除"),
    "deleted_softly": _("削除"),
    "erasure_asked": _("個人情報の削除の依頼"),
    "removed": _("削除"),
    "restored": _("復元"),
    "archived": _("アーカイブ"),
    "merged": _("統合"),
    "merge_undone": _("統合の取り消し"),
    "tagged": _("タグ付け"),
    "untagged": _("タグを外す"),
    "moved": _("移動"),
    "check_asked": _("診断の依頼"),
    "key_made": _("署名の鍵の作成"),
    "key_dropped": _("署名の鍵の削除"),
    "default_chosen": _("既定に設定"),
    "ordered": _("並び替え"),
    "downloaded": _("ダウンロード"),
    "exported": _("書き出し"),
    "imported": _("取り込み"),
    "copied": _("コピー"),
    "started": _("開始"),
    "ended": _("終了"),
    "resumed": _("再開"),
    "stopped": _("停止"),
    "stop_asked": _("停止の依頼"),
    "undone": _("元に戻す"),
    "linked": _("連携"),
    "poll_requested": _("今すぐ連携"),
    "on": _("オン"),
    "off": _("オフ"),
    "switched_on": _("再開"),
    "switched_off": _("停止"),
    "invited": _("招待"),
    "joined": _("参加"),
    "cancelled": _("取り消し"),
    "invitation_cancelled": _("招待の取り消し"),
    "login_changed": _("ログイン情報の変更"),
    "reset_started": _("パスワード再発行の開始"),
    "reset_used": _("再発行コードの使用"),
    "done": _("成功"),
    "failed": _("失敗"),
    "locked": _("ロック"),
    "password_reset": _("パスワードの再設定"),
    "password_changed": _("パスワードの変更"),
    "timed_out": _("時間切れによるログアウト"),
    "session_ended": _("端末のログインの終了"),
    "confirmed": _("本人の確認"),
    "confirm_failed": _("本人の確認の失敗"),
    "id_changed": _("氏名・ログインIDの変更"),
    "email_changed": _("メールアドレスの変更"),
    "factor_added": _("二段階認証の登録"),
    "factor_removed": _("二段階認証の削除"),
    "factor_failed": _("認証コードの失敗"),
    "codes_made": _("リカバリーコードの作成"),
    "codes_used": _("リカバリーコードの使用"),
    "rule_changed": _("二段階認証の必須の変更"),
    "factors_removed": _("二段階認証の解除"),
    "revealed": _("個人情報の表示"),
    "opted_in": _("配信再開"),
    "opted_out": _("配信停止"),
    "shown": _("表示・非表示の変更"),
    "day_set": _("日の設定"),
    "days_cleared": _("日の設定の取り消し"),
    "rule_added": _("ルールの追加"),
    "rule_removed": _("ルールの削除"),
    "environment_changed": _("本番とテストの切り替え"),
    "switched": _("切り替え"),
    "approved": _("カートの許可"),
    "words_mapped": _("状態の言葉の設定"),
    "applied": _("予約済みへの反映"),
    "marked_sent": _("送信済みとして記録"),
    "sent_again": _("再送"),
    "expired": _("期限による削除"),
    "answered": _("回答の受信"),
    "item_not_written": _("書き込めなかった項目"),
    "opened": _("公開"),
    "mail_changed": _("自動返信メールの変更"),
    "privacy_changed": _("個人情報の利用目的の変更"),
    "discarded": _("破棄"),
    "forgotten": _("データの消去"),
    "loading": _("反映"),
    "read_anew": _("読み直し"),
    "uploaded": _("アップロード"),
    "wrong_rows_read": _("誤りの行の確認"),
    "kept": _("そのまま"),
    "answer_withdrawn": _("回答の取り消し"),
    "asked_again": _("再入力を依頼"),
    "attribute_set": _("会員情報の変更"),
    "birthday_set": _("誕生日の変更"),
    "tags_put_back": _("タグを戻す"),
    "email_rule_changed": _("メールアドレスの重複の設定"),
    "export_password_length_changed": _("書き出しのパスワードの長さの変更"),
    "ignored": _("候補を無視"),
    "phone_code_made": _("連携コードの発行"),
    "phone_linked": _("スマホ連携"),
    "phone_unlinked": _("スマホ連携の解除"),
    "preferences": _("受け取り方の変更"),
    "quiet_window": _("通知しない時間帯の変更"),
    "tested": _("テスト"),
    "chosen": _("候補の選択"),
    "closed": _("終了"),
    "live": _("本番実行の切り替え"),
    "received": _("申請の受付"),
    "rerun": _("やり直し"),
    "rules_changed": _("ルールの変更"),
    "search_changed": _("検索条件の変更"),
    "tidied": _("整理"),
    "left_group": _("グループからの移動"),
    "overwritten": _("上書き"),
    "reordered": _("並び替え"),
    "watched": _("増減の記録"),
    "renamed": _("名前の変更"),
    "rest_read": _("残りの読み込み"),
    "replied": _("返信"),
    "lifted": _("停止の解除"),
    "attached": _("会員への結び付け"),
    "link_signed": _("署名付きURLの作成"),
    "dismissed": _("対象外にする"),
    "entered": _("立ち入り"),
    "plan_changed": _("プランの変更"),
    "deletion_asked": _("削除の予約"),
    "deletion_withdrawn": _("削除の取り消し"),
    "erasing": _("データの消去"),
    "moving": _("別のサーバーへの移動"),
    "stayed": _("別のサーバーへの移動の取りやめ"),
    "reopened": _("再開"),
    "trial_opened": _("お試しの開始"),
    "trial_ended": _("お試し期間の終了"),
    "application_sent": _("正式利用の申し込み"),
    "decided": _("審査の結果"),
}
SOURCES = {
    "console": _("管理画面"),
    "public": _("公開ページ"),
    "login": _("ログイン"),
    "import": _("取り込み"),
    "job": _("処理"),
    "line": "LINE",
    "cart": _("カート"),
    "platform": _("運営"),
}


@dataclass
class AuditLine:
    """How one entry is shown."""

    entry: AuditEntry

    @property
    def action(self) -> str:
        noun, _dot, verb = self.entry.action.partition(".")
        if noun in NOUNS and verb in VERBS:
            return f"{NOUNS[noun]}：{VERBS[verb]}"
        return self.entry.action

    @property
    def source(self) -> str:
        return str(SOURCES.get(self.entry.source, self.entry.source))

    @property
    def change(self) -> tuple[str, str] | None:
        """(before, after) where the line says both."""
        data = self.entry.data
        if "before" not in data or "after" not in data:
            return None
        return format_value(data["before"]), format_value(data["after"])

    @property
    def details(self) -> list[tuple[str, str]]:
        return list(list_details(self.entry.data))


def list_details(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of what else the line says."""
    for name, value in data.items():
        if name not in ("before", "after") and value not in (None, "", [], {}):
            yield name, format_value(value)


def format_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
