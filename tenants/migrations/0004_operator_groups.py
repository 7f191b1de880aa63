import django.db.models.deletion
import tenants.fields
import tenants.scope
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0003_seat_columns'),
    ]

    operations = [
        migrations.CreateModel(
            name='OperatorGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', tenants.fields.PublicIdField(default=tenants.fields.new_public_id, editable=False, max_length=12)),
                ('name', models.CharField(max_length=60, verbose_name='グループ名')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'public_id'), name='operatorgroup_public_id'), models.UniqueConstraint(fields=('tenant', 'name'), name='operatorgroup_name')],
            },
        ),
        migrations.CreateModel(
            name='OperatorGroupSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='tenants.operatorgroup')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='tenants.seat')),
                ('tenant', tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tenant')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant', 'group', 'seat'), name='operatorgroupseat_once')],
            },
        ),
        migrations.AddField(
            model_name='OperatorGroup',
            name='seats',
            field=models.ManyToManyField(related_name='groups', through='tenants.OperatorGroupSeat', to='tenants.seat'),
        ),
    ]
