from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0003_mail_routes_and_domains'),
    ]

    operations = [
        migrations.AlterField(
            model_name='broadcast',
            name='audience',
            field=models.CharField(choices=[('all', 'すべての会員'), ('tag', 'タグが付いている会員'), ('segment', '保存した条件に当てはまる会員'), ('cond', '条件に当てはまる会員'), ('picked', '会員リストで選択した会員')], default='all', max_length=7),
        ),
    ]
