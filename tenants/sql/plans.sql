-- What a new installation offers; the platform's own pages change it.
INSERT INTO tenants_plan (code, name, member_limit, operator_limit, counts_contacts) VALUES
    ('trial', 'お試し', 1000, 3, false),
    ('standard', 'スタンダード', 30000, 10, false),
    ('premium', 'プレミアム', 300000, 50, false),
    ('enterprise', 'エンタープライズ', NULL, NULL, false);
