import django.db.models.deletion
import tenants.fields
import tenants.scope
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('console', '0001_jobs'),
        ('members', '0002_fresh_statistics'),
        ('tenants', '0004_operator_groups'),
        ('tenants', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attribute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('name', models.CharField(max_length=60, verbose_name='項目名')),
                ('name_key', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('text', '文字'), ('number', '数値'), ('date', '日付'), ('choice', '選択肢')], max_length=8, verbose_name='種類')),
                ('choices', models.JSONField(default=list, verbose_name='選択肢')),
                ('system', models.CharField(blank=True, max_length=20)),
                ('position', models.PositiveIntegerField(default=0)),
                ('in_list', models.BooleanField(default=False, verbose_name='会員リストに表示')),
                ('in_detail', models.BooleanField(default=True, verbose_name='会員の詳細に表示')),
                ('archived_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='attribute_public_id'), models.UniqueConstraint(fields=('tenant', 'name_key'), name='attribute_name'), models.UniqueConstraint(condition=models.Q(('system', ''), _negated=True), fields=('tenant', 'system'), name='attribute_system')],
            },
        ),
        migrations.CreateModel(
            name='AttributeValue',
            fields=[
                ('pk', models.CompositePrimaryKey('tenant_id', 'attribute_id', 'member_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('number', models.FloatField(null=True)),
                ('date', models.DateField(null=True)),
                ('attribute', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='values', to='members.attribute')),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attribute_values', to='members.member')),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'member'], name='attributevalue_member'), models.Index(fields=['tenant', 'attribute', 'text'], name='attributevalue_text'), models.Index(condition=models.Q(('number__isnull', False)), fields=['tenant', 'attribute', 'number'], name='attributevalue_number'), models.Index(condition=models.Q(('date__isnull', False)), fields=['tenant', 'attribute', 'date'], name='attributevalue_date')],
            },
        ),
        migrations.CreateModel(
            name='Inquiry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('subject', models.CharField(max_length=100, verbose_name='件名')),
                ('text', models.TextField(blank=True, max_length=4000, verbose_name='内容')),
                ('mark', models.CharField(choices=[('open', '未対応'), ('doing', '対応中'), ('waiting', '返信待ち'), ('done', '対応済み')], default='open', max_length=8, verbose_name='対応マーク')),
                ('due_on', models.DateField(null=True, verbose_name='期限')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('assignee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('job', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='console.job')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='inquiries', to='members.member')),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'member', '-created_at'], name='inquiry_of_member'), models.Index(fields=['tenant', 'mark', 'due_on'], name='inquiry_open')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='inquiry_public_id'), models.UniqueConstraint(fields=('tenant', 'job', 'member'), name='inquiry_of_job')],
            },
        ),
        migrations.CreateModel(
            name='MemberChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('source', models.CharField(blank=True, max_length=20)),
                ('before', models.JSONField()),
                ('after', models.JSONField()),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='members.member')),
                ('operator', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'member', '-at', '-id'], name='memberchange_newest')],
            },
        ),
        migrations.CreateModel(
            name='MemberImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('name', models.CharField(max_length=200, verbose_name='ファイル名')),
                ('path', models.CharField(max_length=300)),
                ('state', models.CharField(choices=[('uploaded', '列の対応づけ待ち'), ('checking', '確認中'), ('checked', '取り込み待ち'), ('loading', '取り込み中'), ('done', '取り込み済み'), ('undoing', '元に戻しています'), ('undone', '元に戻しました'), ('failed', '失敗')], default='uploaded', max_length=10)),
                ('settings', models.JSONField(default=dict)),
                ('counts', models.JSONField(default=dict)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('loaded_at', models.DateTimeField(null=True)),
                ('job', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='console.job')),
                ('operator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-created_at'], name='memberimport_newest')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='memberimport_public_id')],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('record', models.JSONField()),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('operator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('survivor', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='merges', to='members.member')),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'survivor'], name='merge_of_survivor')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='merge_public_id')],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('kind', models.CharField(choices=[('memo', 'メモ'), ('contact', '応対履歴')], default='memo', max_length=8, verbose_name='種類')),
                ('text', models.TextField(max_length=4000, verbose_name='内容')),
                ('at', models.DateTimeField(verbose_name='日時')),
                ('way', models.CharField(blank=True, choices=[('phone', '電話'), ('line', 'LINE'), ('mail', 'メール'), ('shop', '店頭'), ('other', 'その他')], max_length=8, verbose_name='手段')),
                ('result', models.CharField(blank=True, max_length=200, verbose_name='結果')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='members.member')),
                ('operator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'member', '-at', '-id'], name='note_newest')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='note_public_id')],
            },
        ),
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('name', models.CharField(max_length=60, verbose_name='条件名')),
                ('condition', models.JSONField(default=dict)),
                ('sort', models.CharField(blank=True, max_length=20)),
                ('position', models.PositiveIntegerField(default=0)),
                ('for_delivery', models.BooleanField(default=False, verbose_name='配信の対象に使う')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('group', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='segments', to='tenants.operatorgroup')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', 'owner'], name='segment_of_owner')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='segment_public_id')],
            },
        ),
        migrations.CreateModel(
            name='TagFolder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('name', models.CharField(max_length=60, verbose_name='フォルダ名')),
                ('position', models.PositiveIntegerField(default=0)),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='tagfolder_public_id'), models.UniqueConstraint(fields=('tenant', 'name'), name='tagfolder_name')],
            },
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('pk', models.CompositePrimaryKey('tenant_id', 'source_id', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('verdict', models.CharField(blank=True, choices=[('new', '新規'), ('changed', '更新'), ('same', '変更なし'), ('wrong', 'エラー')], max_length=8)),
                ('values', models.JSONField(default=dict)),
                ('errors', models.JSONField(default=list)),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='members.member')),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
                ('source', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='members.memberimport')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='member',
            name='birth_md',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='member',
            name='birthday',
            field=models.DateField(null=True, verbose_name='生年月日'),
        ),
        migrations.AddField(
            model_name='member',
            name='cart_state',
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AddField(
            model_name='member',
            name='deleted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='member',
            name='line_optout_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='member',
            name='line_optout_by',
            field=models.CharField(blank=True, choices=[('form', 'フォーム'), ('operator', 'オペレーター'), ('import', '取り込み')], max_length=10),
        ),
        migrations.AddField(
            model_name='member',
            name='mail_optout_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='member',
            name='mail_optout_by',
            field=models.CharField(blank=True, choices=[('form', 'フォーム'), ('operator', 'オペレーター'), ('import', '取り込み')], max_length=10),
        ),
        migrations.AddField(
            model_name='member',
            name='merged_into',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='members.member'),
        ),
        migrations.AddField(
            model_name='searchtext',
            name='kept',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='tagbatch',
            name='job',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tag_batches', to='console.job'),
        ),
        migrations.AddField(
            model_name='valuelist',
            name='kept',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='valuelist',
            name='field',
            field=models.CharField(choices=[('email', 'メールアドレス'), ('phone', '電話番号'), ('customer_id', '顧客ID'), ('customer_number', '顧客番号'), ('member', '会員ID'), ('text', '値')], default='email', max_length=20),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['tenant', 'link_state'], include=('line_state', 'cart_state'), name='member_counted'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('deleted_at', None), _negated=True), fields=['tenant', '-deleted_at', '-id'], name='member_deleted'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('birthday__isnull', False)), fields=['tenant', 'birthday'], name='member_birthday'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('birth_md__isnull', False)), fields=['tenant', 'birth_md'], name='member_birth_md'),
        ),
        migrations.AddField(
            model_name='tag',
            name='folder',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tags', to='members.tagfolder'),
        ),
    ]
