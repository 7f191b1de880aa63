"""Kinds of questions, versions of forms, and answers as rows in place of their JSON."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import tenants.fields
import tenants.scope

NAME_QUESTIONS = """
UPDATE forms_builder_field SET public_id = substr(md5(random()::text || tenant_id || '.' || id), 1, 12)
"""
FILL_VERSIONS = """
WITH asked AS (
    SELECT tenant_id, form_id, position, public_id AS id, kind, label, is_required FROM forms_builder_field
    UNION ALL
    SELECT DISTINCT s.tenant_id, s.form_id, 1000, substr(md5(s.form_id || (a ->> 'kind') || (a ->> 'label')), 1, 12),
        a ->> 'kind', a ->> 'label', false
    FROM forms_builder_submission s, jsonb_array_elements(
        CASE jsonb_typeof(s.before) WHEN 'array' THEN s.before ELSE '[]' END) a
    WHERE NOT EXISTS (SELECT FROM forms_builder_field f WHERE {same}))
INSERT INTO forms_builder_formversion (tenant_id, form_id, number, created_at, content)
SELECT f.tenant_id, f.id, v.number, now(), jsonb_build_object('title', f.title, 'intro', f.intro, 'questions',
    coalesce((SELECT jsonb_agg(jsonb_build_object('kind', q.kind, 'label', q.label, 'is_required', q.is_required,
        'id', q.id, 'help', '', 'error', '', 'settings', '{{}}'::jsonb, 'writes', 'item', 'shown_when', NULL)
        ORDER BY q.position, q.id)
    FROM asked q WHERE q.tenant_id = f.tenant_id AND q.form_id = f.id AND (v.number = 1 OR q.position < 1000)), '[]'))
FROM forms_builder_form f, (VALUES (1), (2)) v(number)
"""
FILL_SUBMISSIONS = """
UPDATE forms_builder_submission s SET version_id = v.id FROM forms_builder_formversion v
WHERE v.tenant_id = s.tenant_id AND v.form_id = s.form_id AND v.number = 1
"""
FILL_ANSWERS = """
INSERT INTO forms_builder_answer (tenant_id, submission_id, question, part, text, key, kept)
SELECT s.tenant_id, s.id, coalesce(
        (SELECT f.public_id FROM forms_builder_field f WHERE {same} ORDER BY f.id LIMIT 1),
        substr(md5(s.form_id || (a ->> 'kind') || (a ->> 'label')), 1, 12)),
    '', a ->> 'value', left(lower(normalize(a ->> 'value', NFKC)), 100), coalesce((a ->> 'kept')::boolean, false)
FROM forms_builder_submission s, jsonb_array_elements(
    CASE jsonb_typeof(s.before) WHEN 'array' THEN s.before ELSE '[]' END) WITH ORDINALITY AS each(a, n)
WHERE a ->> 'value' <> '' OR (a ->> 'kept')::boolean
ORDER BY s.id, each.n
"""
# A form had one question of a kind, except lines of text: those by their question, or by their words.
SAME = """f.tenant_id = s.tenant_id AND f.form_id = s.form_id AND f.kind = a ->> 'kind'
    AND (f.kind <> 'text' OR f.id = (a ->> 'field')::bigint
         OR (coalesce(a ->> 'field', '0') = '0' AND f.label = a ->> 'label'))"""


def fill_rows(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        for statement in (FILL_VERSIONS, FILL_SUBMISSIONS, FILL_ANSWERS):
            cursor.execute(statement.format(same=SAME))
        # The table cannot be altered while references wait to be checked.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def name_questions(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(NAME_QUESTIONS)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def build_tenant_key() -> Any:
    return tenants.fields.TenantKey(
        db_index=False,
        default=tenants.scope.get_current_tenant_id,
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="tenants.tenant",
    )


def build_version_key(null: bool = False) -> Any:
    return models.ForeignKey(
        db_index=False,
        null=null,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="forms_builder.formversion",
    )


def build_id() -> Any:
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("forms_builder", "0001_initial"),
        ("members", "0002_answers_not_asked"),
        ("tenants", "0002_field_key_proof"),
    ]

    operations = [
        # ------------------------------------------------ questions
        migrations.AddField(
            "field",
            "attribute",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.attribute",
            ),
        ),
        migrations.AddField(
            "field", "error", models.CharField(blank=True, max_length=200)
        ),
        migrations.AddField(
            "field", "help", models.CharField(blank=True, max_length=300)
        ),
        migrations.AddField(
            "field",
            "public_id",
            tenants.fields.PublicIdField(
                default=tenants.fields.generate_public_id,
                editable=False,
                max_length=12,
            ),
        ),
        migrations.AddField("field", "settings", models.JSONField(default=dict)),
        migrations.AddField("field", "shown_when", models.JSONField(null=True)),
        migrations.AddField("field", "writes_item", models.BooleanField(default=True)),
        migrations.AlterField("field", "kind", models.CharField(max_length=20)),
        migrations.AlterField("field", "label", models.CharField(max_length=100)),
        migrations.RunPython(name_questions, migrations.RunPython.noop),
        migrations.AddConstraint(
            "field",
            models.UniqueConstraint(
                fields=("tenant", "public_id"), name="field_public_id"
            ),
        ),
        migrations.AlterField(
            "form",
            "kind",
            models.CharField(
                choices=[
                    ("identity", "本人確認"),
                    ("cancel", "解約受付"),
                    ("contact", "お問い合わせ"),
                    ("other", "その他（アンケートなど）"),
                ],
                default="identity",
                max_length=12,
                verbose_name="フォームの種類",
            ),
        ),
        # ------------------------------------------------ versions and answers
        migrations.RenameField("submission", "answers", "before"),
        migrations.CreateModel(
            "FormVersion",
            [
                ("id", build_id()),
                ("number", models.PositiveIntegerField()),
                ("content", models.JSONField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="forms_builder.form",
                    ),
                ),
                ("tenant", build_tenant_key()),
            ],
        ),
        migrations.CreateModel(
            "Answer",
            [
                ("id", build_id()),
                ("question", models.CharField(max_length=12)),
                ("part", models.CharField(blank=True, max_length=12)),
                ("text", models.TextField(blank=True)),
                ("key", models.CharField(blank=True, max_length=100)),
                ("number", models.FloatField(null=True)),
                ("date", models.DateField(null=True)),
                ("kept", models.BooleanField(default=False)),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="forms_builder.submission",
                    ),
                ),
                ("tenant", build_tenant_key()),
            ],
        ),
        migrations.AddField(
            "submission", "version", build_version_key(null=True)
        ),
        migrations.RunPython(fill_rows, migrations.RunPython.noop),
        migrations.AlterField("submission", "version", build_version_key()),
        migrations.RemoveField("submission", "before"),
        # ------------------------------------------------ what is looked for
        migrations.AddIndex(
            "answer",
            models.Index(
                fields=["tenant", "question", "key", "submission"], name="answer_key"
            ),
        ),
        migrations.AddIndex(
            "answer",
            models.Index(
                condition=models.Q(("number__isnull", False)),
                fields=["tenant", "question", "number", "submission"],
                name="answer_number",
            ),
        ),
        migrations.AddIndex(
            "answer",
            models.Index(
                condition=models.Q(("date__isnull", False)),
                fields=["tenant", "question", "date", "submission"],
                name="answer_date",
            ),
        ),
        migrations.AddConstraint(
            "formversion",
            models.UniqueConstraint(
                fields=("tenant", "form", "number"), name="formversion_once"
            ),
        ),
    ]
