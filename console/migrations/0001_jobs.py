import django.db.models.deletion
import tenants.fields
import tenants.scope
import tenants.secrets
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0004_operator_groups'),
        ('tenants', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('kind', models.CharField(max_length=40)),
                ('params', models.JSONField(default=dict)),
                ('secret', tenants.secrets.SecretField(blank=True)),
                ('state', models.CharField(choices=[('waiting', '開始待ち'), ('running', '処理中'), ('done', '完了'), ('stopped', '停止'), ('failed', '失敗')], default='waiting', max_length=8)),
                ('stop_asked_at', models.DateTimeField(null=True)),
                ('total', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('cursor', models.BigIntegerField(default=0)),
                ('result', models.JSONField(default=dict)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('undone_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('operator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant', '-created_at', '-id'], name='job_newest'), models.Index(condition=models.Q(('state__in', ('waiting', 'running'))), fields=['tenant', 'created_at'], name='job_open')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='job_public_id')],
            },
        ),
        migrations.CreateModel(
            name='JobFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('name', models.CharField(max_length=200)),
                ('path', models.CharField(blank=True, max_length=300)),
                ('size', models.BigIntegerField(default=0)),
                ('downloads', models.PositiveIntegerField(default=0)),
                ('expires_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='console.job')),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='jobfile_public_id')],
            },
        ),
    ]
