PRAGMA application_id=1852797543;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_migrations (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO schema_migrations VALUES(1,0,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(2,1,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(3,2,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(4,3,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(5,4,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(6,5,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(7,6,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(8,7,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(9,8,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(10,11,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(11,12,1,'2026-11-30 11:26:35');
INSERT INTO schema_migrations VALUES(12,13,1,'2026-11-30 11:26:35');
CREATE TABLE schema_support (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    oldest_program INTEGER NOT NULL
) STRICT;
INSERT INTO schema_support VALUES(1,1);
CREATE TABLE users (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    status     TEXT    NOT NULL CHECK (status IN ('pending', 'active', 'disabled', 'withdrawn')),
    ref        TEXT    CHECK (ref <> ''),
    meta       TEXT    CHECK (json_type(meta) = 'object' AND octet_length(meta) <= 4096),
    nickname   TEXT,
    picture    TEXT,
    lang       TEXT,
    created_at INTEGER NOT NULL,
    joined_at  INTEGER
, agreed TEXT, purge_at INTEGER) STRICT, WITHOUT ROWID;
INSERT INTO users VALUES('01a22c35-01aa-7e4d-bb86-129ac1760cfd','active',NULL,NULL,NULL,NULL,'ko',1796038001066,1796038001071,replace('age=14\nservice=2026-01\nnews=1','\n',char(10)),NULL);
INSERT INTO users VALUES('01a22c35-01be-7b6e-bafc-ed91a22320f4','disabled',NULL,NULL,NULL,NULL,'ko',1796038001086,1796038001089,replace('age=14\nservice=2026-01','\n',char(10)),NULL);
INSERT INTO users VALUES('01a22c35-01c7-7e24-9817-6ce46002ec77','withdrawn',NULL,NULL,NULL,NULL,'ko',1796038001095,1796038001097,replace('age=14\nservice=2026-01','\n',char(10)),1796642801337);
INSERT INTO users VALUES('01a22c35-01ce-7439-aa54-cf20fe07e017','withdrawn',NULL,NULL,NULL,NULL,NULL,1796038001102,1796038001104,NULL,NULL);
INSERT INTO users VALUES('01a22c35-01d6-779e-b52b-e2ace92dbfe1','active',NULL,NULL,NULL,NULL,'ko',1796038001110,1796038001113,replace('age=14\nservice=2026-01','\n',char(10)),NULL);
INSERT INTO users VALUES('01a22c35-01df-7b7a-a0d8-e9860db1d356','withdrawn',NULL,NULL,NULL,NULL,NULL,1796038001119,1796038001121,NULL,NULL);
INSERT INTO users VALUES('01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','active','42',NULL,NULL,NULL,'ko',1796038001129,1796038001131,replace('age=14\nservice=2026-01','\n',char(10)),NULL);
INSERT INTO users VALUES('01a22c35-01f2-77a8-94d1-222c74b8f68e','withdrawn',NULL,NULL,NULL,NULL,NULL,1796038001138,1796038001140,NULL,NULL);
INSERT INTO users VALUES('01a22c35-0560-7664-8e3c-82383dcf6a76','pending',NULL,NULL,NULL,NULL,NULL,1796038002016,NULL,NULL,NULL);
CREATE TABLE identities (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    user_id     TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider    TEXT    NOT NULL CHECK (provider <> ''),
    app         TEXT    NOT NULL CHECK (app <> ''),
    subject     TEXT    NOT NULL CHECK (subject <> ''),
    nickname    TEXT,
    picture     TEXT,
    email       TEXT,
    email_state INTEGER NOT NULL CHECK (email_state IN (0, 1, 2)),
    linked_at   INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL, scopes TEXT,
    CHECK ((email IS NULL) = (email_state = 0)),
    UNIQUE (provider, app, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO identities VALUES('01a22c35-01aa-76f0-9f7b-d89d0b28e1b8','01a22c35-01aa-7e4d-bb86-129ac1760cfd','kakao','1000001','3141592601','라이언','http://127.0.0.1:5610/-/pictures/ryan/110.jpg','ryan@example.com',2,1796038001066,1796038001079,'account_email openid profile_image profile_nickname');
INSERT INTO identities VALUES('01a22c35-01be-78e7-930f-b46d8d729879','01a22c35-01be-7b6e-bafc-ed91a22320f4','kakao','1000001','3141592604','무지','http://127.0.0.1:5610/-/pictures/no-email/110.jpg',NULL,0,1796038001086,1796038001086,'account_email openid profile_image profile_nickname');
INSERT INTO identities VALUES('01a22c35-01c7-7e42-b4ef-e38cf8cd8582','01a22c35-01c7-7e24-9817-6ce46002ec77','kakao','1000001','3141592609','🦁라이언👨‍👩‍👧‍👦🇰🇷','http://127.0.0.1:5610/-/pictures/emoji-nickname/110.jpg','emoji@example.com',2,1796038001095,1796038001332,'account_email openid profile_image profile_nickname');
INSERT INTO identities VALUES('01a22c35-01d6-72c0-897e-8677662ff4af','01a22c35-01d6-779e-b52b-e2ace92dbfe1','kakao','1000001','3141592608',NULL,NULL,'new@example.com',2,1796038001110,1796038001110,'account_email openid profile_image profile_nickname');
INSERT INTO identities VALUES('01a22c35-01df-73d9-a522-f088702b94d2','01a22c35-01d6-779e-b52b-e2ace92dbfe1','kakao','1000001','9007199254740993001','제이지','http://127.0.0.1:5610/-/pictures/big-id/110.jpg','jayg@example.com',2,1796038001119,1796038001119,'account_email openid profile_image profile_nickname');
INSERT INTO identities VALUES('01a22c35-01e9-7929-9dd4-eb5422687d60','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','kakao','1000001','3141592603','모두','http://127.0.0.1:5610/-/pictures/full/110.jpg','full@example.com',2,1796038001129,1796038001936,'account_email openid profile_image profile_nickname');
INSERT INTO identities VALUES('01a22c35-0560-72cf-8460-763b990788d6','01a22c35-0560-7664-8e3c-82383dcf6a76','kakao','1000001','3141592602',NULL,NULL,NULL,0,1796038002016,1796038002016,NULL);
CREATE TABLE sessions (
    key             BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 36),
    id              TEXT    NOT NULL UNIQUE CHECK (length(id) = 36),
    user_id         TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    identity_id     TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    auth_time       INTEGER NOT NULL,
    seen_at         INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    remember        INTEGER NOT NULL CHECK (remember IN (0, 1)),
    address         TEXT,
    user_agent      TEXT,
    CHECK (idle_expires_at <= expires_at)
) STRICT, WITHOUT ROWID;
INSERT INTO sessions VALUES(X'6b0d5d7139bba4f711443d46dae0ec3540e703aadc52bf9e2e97a03b3285f3fc212f42e6','01a22c35-01b7-7371-8f05-d851684c37a5','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01aa-76f0-9f7b-d89d0b28e1b8',1796038001079,1796038001000,1796038001079,1797247601079,1803814001079,1,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36');
INSERT INTO sessions VALUES(X'6b0d5d71582716d9d4c69845613d5cea9a2106e0a9334025778a24504f2cfedea94a3b27','01a22c35-01af-76f8-b87d-66ed5e0e94b3','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01aa-76f0-9f7b-d89d0b28e1b8',1796038001066,1796038000000,1796038001071,1797247601071,1803814001071,1,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36');
INSERT INTO sessions VALUES(X'6b0d5d71a048df33471b15e2e13b547c218a7fa54544b5cdffe6f0d70baee52ee1e1ea5c','01a22c35-0510-79dd-a156-4696e1e652ca','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01e9-7929-9dd4-eb5422687d60',1796038001936,1796038001000,1796038001936,1797247601936,1803814001936,1,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36');
INSERT INTO sessions VALUES(X'6b0d5d71e1ff4be12a342087d80da3bba0679fad6bd169ed0c07009b09574edde2032974','01a22c35-01d9-76ca-8ed7-8d77955930ca','01a22c35-01d6-779e-b52b-e2ace92dbfe1','01a22c35-01d6-72c0-897e-8677662ff4af',1796038001110,1796038001000,1796038001113,1797247601113,1803814001113,1,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36');
INSERT INTO sessions VALUES(X'6b0d5d7212d1309089e35c6d463d559be35fce4b3c158f7830b34012b8052641b96d2b69','01a22c35-0560-7cba-9ca3-c97b6f4cd772','01a22c35-0560-7664-8e3c-82383dcf6a76','01a22c35-0560-72cf-8460-763b990788d6',1796038002016,1796038002000,1796038002016,1796124402016,1796124402016,1,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36');
CREATE TABLE consents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    kind       TEXT    NOT NULL,
    tag        TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    agreed     INTEGER NOT NULL CHECK (agreed IN (0, 1)),
    at         INTEGER NOT NULL,
    place      TEXT    NOT NULL,
    address    TEXT,
    user_agent TEXT,
    request_id TEXT
) STRICT;
INSERT INTO consents VALUES(1,'01a22c35-01aa-7e4d-bb86-129ac1760cfd','age','age','14',1,1796038001071,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-4');
INSERT INTO consents VALUES(2,'01a22c35-01aa-7e4d-bb86-129ac1760cfd','terms','service','2026-01',1,1796038001071,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-4');
INSERT INTO consents VALUES(3,'01a22c35-01aa-7e4d-bb86-129ac1760cfd','marketing','news','1',1,1796038001071,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-4');
INSERT INTO consents VALUES(4,'01a22c35-01aa-7e4d-bb86-129ac1760cfd','scope','account_email','',1,1796038001071,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-4');
INSERT INTO consents VALUES(5,'01a22c35-01aa-7e4d-bb86-129ac1760cfd','scope','profile_image','',1,1796038001071,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-4');
INSERT INTO consents VALUES(6,'01a22c35-01aa-7e4d-bb86-129ac1760cfd','scope','profile_nickname','',1,1796038001071,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-4');
INSERT INTO consents VALUES(7,'01a22c35-01be-7b6e-bafc-ed91a22320f4','age','age','14',1,1796038001089,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-d');
INSERT INTO consents VALUES(8,'01a22c35-01be-7b6e-bafc-ed91a22320f4','terms','service','2026-01',1,1796038001089,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-d');
INSERT INTO consents VALUES(9,'01a22c35-01be-7b6e-bafc-ed91a22320f4','marketing','news','1',0,1796038001089,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-d');
INSERT INTO consents VALUES(10,'01a22c35-01be-7b6e-bafc-ed91a22320f4','scope','account_email','',1,1796038001089,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-d');
INSERT INTO consents VALUES(11,'01a22c35-01be-7b6e-bafc-ed91a22320f4','scope','profile_image','',1,1796038001089,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-d');
INSERT INTO consents VALUES(12,'01a22c35-01be-7b6e-bafc-ed91a22320f4','scope','profile_nickname','',1,1796038001089,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-d');
INSERT INTO consents VALUES(13,'01a22c35-01c7-7e24-9817-6ce46002ec77','age','age','14',1,1796038001097,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-i');
INSERT INTO consents VALUES(14,'01a22c35-01c7-7e24-9817-6ce46002ec77','terms','service','2026-01',1,1796038001097,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-i');
INSERT INTO consents VALUES(15,'01a22c35-01c7-7e24-9817-6ce46002ec77','marketing','news','1',0,1796038001097,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-i');
INSERT INTO consents VALUES(16,'01a22c35-01c7-7e24-9817-6ce46002ec77','scope','account_email','',1,1796038001097,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-i');
INSERT INTO consents VALUES(17,'01a22c35-01c7-7e24-9817-6ce46002ec77','scope','profile_image','',1,1796038001097,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-i');
INSERT INTO consents VALUES(18,'01a22c35-01c7-7e24-9817-6ce46002ec77','scope','profile_nickname','',1,1796038001097,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-i');
INSERT INTO consents VALUES(25,'01a22c35-01d6-779e-b52b-e2ace92dbfe1','age','age','14',1,1796038001113,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-s');
INSERT INTO consents VALUES(26,'01a22c35-01d6-779e-b52b-e2ace92dbfe1','terms','service','2026-01',1,1796038001113,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-s');
INSERT INTO consents VALUES(27,'01a22c35-01d6-779e-b52b-e2ace92dbfe1','marketing','news','1',0,1796038001113,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-s');
INSERT INTO consents VALUES(28,'01a22c35-01d6-779e-b52b-e2ace92dbfe1','scope','account_email','',1,1796038001113,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-s');
INSERT INTO consents VALUES(29,'01a22c35-01d6-779e-b52b-e2ace92dbfe1','scope','profile_image','',1,1796038001113,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-s');
INSERT INTO consents VALUES(30,'01a22c35-01d6-779e-b52b-e2ace92dbfe1','scope','profile_nickname','',1,1796038001113,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-s');
INSERT INTO consents VALUES(31,'01a22c35-01df-7b7a-a0d8-e9860db1d356','age','age','14',1,1796038001121,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-x');
INSERT INTO consents VALUES(32,'01a22c35-01df-7b7a-a0d8-e9860db1d356','terms','service','2026-01',1,1796038001121,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-x');
INSERT INTO consents VALUES(33,'01a22c35-01df-7b7a-a0d8-e9860db1d356','marketing','news','1',0,1796038001121,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-x');
INSERT INTO consents VALUES(34,'01a22c35-01df-7b7a-a0d8-e9860db1d356','scope','account_email','',1,1796038001121,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-x');
INSERT INTO consents VALUES(35,'01a22c35-01df-7b7a-a0d8-e9860db1d356','scope','profile_image','',1,1796038001121,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-x');
INSERT INTO consents VALUES(36,'01a22c35-01df-7b7a-a0d8-e9860db1d356','scope','profile_nickname','',1,1796038001121,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-x');
INSERT INTO consents VALUES(37,'01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','age','age','14',1,1796038001131,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-12');
INSERT INTO consents VALUES(38,'01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','terms','service','2026-01',1,1796038001131,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-12');
INSERT INTO consents VALUES(39,'01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','marketing','news','1',0,1796038001131,'join','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-12');
INSERT INTO consents VALUES(40,'01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','scope','account_email','',1,1796038001131,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-12');
INSERT INTO consents VALUES(41,'01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','scope','profile_image','',1,1796038001131,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-12');
INSERT INTO consents VALUES(42,'01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','scope','profile_nickname','',1,1796038001131,'kakao','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-12');
INSERT INTO consents VALUES(49,'01a22c35-01aa-7e4d-bb86-129ac1760cfd','marketing','news','1',0,1796038001148,'account','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1i');
INSERT INTO consents VALUES(50,'01a22c35-01aa-7e4d-bb86-129ac1760cfd','marketing','news','1',1,1796038013029,'account','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1z');
CREATE TABLE audit_log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    class      TEXT    NOT NULL CHECK (class IN ('member', 'access')),
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    user_id    TEXT,
    session_id TEXT,
    reason     TEXT,
    address    TEXT,
    user_agent TEXT,
    request_id TEXT
, outcome TEXT, detail TEXT) STRICT;
INSERT INTO audit_log VALUES(1,'member',1796038001066,'user.created','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01aa-7e4d-bb86-129ac1760cfd',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-2',NULL,NULL);
INSERT INTO audit_log VALUES(2,'member',1796038001066,'session.signed_in','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01aa-76a0-93a6-c0b5aaa83b6a',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-2',NULL,NULL);
INSERT INTO audit_log VALUES(3,'member',1796038001071,'user.joined','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01af-76f8-b87d-66ed5e0e94b3',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-4',NULL,NULL);
INSERT INTO audit_log VALUES(4,'member',1796038001079,'session.signed_in','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01b7-7371-8f05-d851684c37a5',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-7',NULL,NULL);
INSERT INTO audit_log VALUES(5,'member',1796038001086,'user.created','01a22c35-01be-7b6e-bafc-ed91a22320f4','01a22c35-01be-7b6e-bafc-ed91a22320f4',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-b',NULL,NULL);
INSERT INTO audit_log VALUES(6,'member',1796038001086,'session.signed_in','01a22c35-01be-7b6e-bafc-ed91a22320f4','01a22c35-01be-7b6e-bafc-ed91a22320f4','01a22c35-01be-7e2b-99e4-94f7f8eba83f',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-b',NULL,NULL);
INSERT INTO audit_log VALUES(7,'member',1796038001089,'user.joined','01a22c35-01be-7b6e-bafc-ed91a22320f4','01a22c35-01be-7b6e-bafc-ed91a22320f4','01a22c35-01c1-7143-a291-024afa7ba169',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-d',NULL,NULL);
INSERT INTO audit_log VALUES(8,'member',1796038001095,'user.created','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c7-7e24-9817-6ce46002ec77',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-g',NULL,NULL);
INSERT INTO audit_log VALUES(9,'member',1796038001095,'session.signed_in','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c7-7bf6-abfa-80374496242a',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-g',NULL,NULL);
INSERT INTO audit_log VALUES(10,'member',1796038001097,'user.joined','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c9-7660-954a-856035929a35',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-i',NULL,NULL);
INSERT INTO audit_log VALUES(11,'member',1796038001102,'user.created','01a22c35-01ce-7439-aa54-cf20fe07e017','01a22c35-01ce-7439-aa54-cf20fe07e017',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-l',NULL,NULL);
INSERT INTO audit_log VALUES(12,'member',1796038001102,'session.signed_in','01a22c35-01ce-7439-aa54-cf20fe07e017','01a22c35-01ce-7439-aa54-cf20fe07e017','01a22c35-01ce-7c94-bec0-cc041b1339ee',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-l',NULL,NULL);
INSERT INTO audit_log VALUES(13,'member',1796038001104,'user.joined','01a22c35-01ce-7439-aa54-cf20fe07e017','01a22c35-01ce-7439-aa54-cf20fe07e017','01a22c35-01d0-7660-9de0-963825fa2982',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-n',NULL,NULL);
INSERT INTO audit_log VALUES(14,'member',1796038001110,'user.created','01a22c35-01d6-779e-b52b-e2ace92dbfe1','01a22c35-01d6-779e-b52b-e2ace92dbfe1',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-q',NULL,NULL);
INSERT INTO audit_log VALUES(15,'member',1796038001110,'session.signed_in','01a22c35-01d6-779e-b52b-e2ace92dbfe1','01a22c35-01d6-779e-b52b-e2ace92dbfe1','01a22c35-01d6-7a5d-bb22-8225f123761d',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-q',NULL,NULL);
INSERT INTO audit_log VALUES(16,'member',1796038001113,'user.joined','01a22c35-01d6-779e-b52b-e2ace92dbfe1','01a22c35-01d6-779e-b52b-e2ace92dbfe1','01a22c35-01d9-76ca-8ed7-8d77955930ca',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-s',NULL,NULL);
INSERT INTO audit_log VALUES(17,'member',1796038001119,'user.created','01a22c35-01df-7b7a-a0d8-e9860db1d356','01a22c35-01df-7b7a-a0d8-e9860db1d356',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-v',NULL,NULL);
INSERT INTO audit_log VALUES(18,'member',1796038001119,'session.signed_in','01a22c35-01df-7b7a-a0d8-e9860db1d356','01a22c35-01df-7b7a-a0d8-e9860db1d356','01a22c35-01df-7420-beb1-f79e44829c1d',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-v',NULL,NULL);
INSERT INTO audit_log VALUES(19,'member',1796038001121,'user.joined','01a22c35-01df-7b7a-a0d8-e9860db1d356','01a22c35-01df-7b7a-a0d8-e9860db1d356','01a22c35-01e1-7e0a-83e1-41fe5f3a52c5',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-x',NULL,NULL);
INSERT INTO audit_log VALUES(20,'member',1796038001129,'user.created','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-10',NULL,NULL);
INSERT INTO audit_log VALUES(21,'member',1796038001129,'session.signed_in','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01e9-73ed-a998-0afc983dfbb9',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-10',NULL,NULL);
INSERT INTO audit_log VALUES(22,'member',1796038001131,'user.joined','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01eb-7389-9214-4fbe21e8765d',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-12',NULL,NULL);
INSERT INTO audit_log VALUES(23,'member',1796038001138,'user.created','01a22c35-01f2-77a8-94d1-222c74b8f68e','01a22c35-01f2-77a8-94d1-222c74b8f68e',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-15',NULL,NULL);
INSERT INTO audit_log VALUES(24,'member',1796038001138,'session.signed_in','01a22c35-01f2-77a8-94d1-222c74b8f68e','01a22c35-01f2-77a8-94d1-222c74b8f68e','01a22c35-01f2-7fdf-b2ea-8fdfdbc1e958',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-15',NULL,NULL);
INSERT INTO audit_log VALUES(25,'member',1796038001140,'user.joined','01a22c35-01f2-77a8-94d1-222c74b8f68e','01a22c35-01f2-77a8-94d1-222c74b8f68e','01a22c35-01f4-703e-a8e9-ac2d818d7512',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-17',NULL,NULL);
INSERT INTO audit_log VALUES(26,'member',1796038001148,'consent.changed','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01af-76f8-b87d-66ed5e0e94b3','withdrawn','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1i',NULL,NULL);
INSERT INTO audit_log VALUES(27,'access',1796038001230,'access.user.show','operator:root','01a22c35-01be-7b6e-bafc-ed91a22320f4',NULL,'fixture',NULL,'shell: root@vm','cmd-4cd811533abd439e','done',NULL);
INSERT INTO audit_log VALUES(28,'access',1796038001324,'access.user.disable','operator:root','01a22c35-01be-7b6e-bafc-ed91a22320f4',NULL,'fixture',NULL,'shell: root@vm','cmd-afde0753144e961e','done',NULL);
INSERT INTO audit_log VALUES(29,'access',1796038001324,'user.disabled','operator:root','01a22c35-01be-7b6e-bafc-ed91a22320f4',NULL,'by_operator',NULL,'shell: root@vm','cmd-afde0753144e961e',NULL,NULL);
INSERT INTO audit_log VALUES(30,'member',1796038001332,'session.signed_out','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c9-7660-954a-856035929a35','replaced','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1l',NULL,NULL);
INSERT INTO audit_log VALUES(31,'member',1796038001332,'session.signed_in','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-02b4-7df3-8156-2a38a62c3cb1',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1l',NULL,NULL);
INSERT INTO audit_log VALUES(32,'member',1796038001337,'session.signed_out','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-02b4-7df3-8156-2a38a62c3cb1','withdrawn','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1o',NULL,NULL);
INSERT INTO audit_log VALUES(33,'member',1796038001337,'user.withdrawn','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-01c7-7e24-9817-6ce46002ec77',NULL,'withdrawn','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1o',NULL,NULL);
INSERT INTO audit_log VALUES(34,'access',1796038001405,'access.user.withdraw','operator:root','01a22c35-01ce-7439-aa54-cf20fe07e017',NULL,NULL,NULL,'shell: root@vm','cmd-a919bb59c3bb1817','done',NULL);
INSERT INTO audit_log VALUES(35,'access',1796038001405,'session.signed_out','operator:root','01a22c35-01ce-7439-aa54-cf20fe07e017','01a22c35-01d0-7660-9de0-963825fa2982','by_operator',NULL,'shell: root@vm','cmd-a919bb59c3bb1817',NULL,NULL);
INSERT INTO audit_log VALUES(36,'access',1796038001405,'user.withdrawn','operator:root','01a22c35-01ce-7439-aa54-cf20fe07e017',NULL,'by_operator',NULL,'shell: root@vm','cmd-a919bb59c3bb1817',NULL,NULL);
INSERT INTO audit_log VALUES(37,'access',1796038001889,'session.signed_out','operator:root','01a22c35-01df-7b7a-a0d8-e9860db1d356','01a22c35-01e1-7e0a-83e1-41fe5f3a52c5','merged',NULL,'shell: root@vm','cmd-8ab4ecab7ed170fd',NULL,NULL);
INSERT INTO audit_log VALUES(38,'access',1796038001889,'access.user.merge','operator:root','01a22c35-01df-7b7a-a0d8-e9860db1d356',NULL,'fixture',NULL,'shell: root@vm','cmd-8ab4ecab7ed170fd','done','into=01a22c35-01d6-779e-b52b-e2ace92dbfe1');
INSERT INTO audit_log VALUES(39,'access',1796038001889,'user.merged','operator:root','01a22c35-01df-7b7a-a0d8-e9860db1d356',NULL,'into 01a22c35-01d6-779e-b52b-e2ace92dbfe1',NULL,'shell: root@vm','cmd-8ab4ecab7ed170fd',NULL,NULL);
INSERT INTO audit_log VALUES(40,'access',1796038001889,'user.merged','operator:root','01a22c35-01d6-779e-b52b-e2ace92dbfe1',NULL,'from 01a22c35-01df-7b7a-a0d8-e9860db1d356',NULL,'shell: root@vm','cmd-8ab4ecab7ed170fd',NULL,NULL);
INSERT INTO audit_log VALUES(41,'access',1796038001916,'access.user.link_ticket','operator:root',NULL,NULL,NULL,NULL,'shell: root@vm','cmd-53f1a4ca46c4fe0b','done','ref=42');
INSERT INTO audit_log VALUES(42,'member',1796038001936,'user.ticket_used','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1s',NULL,NULL);
INSERT INTO audit_log VALUES(43,'member',1796038001936,'session.signed_out','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01eb-7389-9214-4fbe21e8765d','replaced','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1s',NULL,NULL);
INSERT INTO audit_log VALUES(44,'member',1796038001936,'session.signed_in','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d','01a22c35-0510-79dd-a156-4696e1e652ca',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1s',NULL,NULL);
INSERT INTO audit_log VALUES(45,'access',1796038002002,'access.user.link_ticket','operator:root',NULL,NULL,NULL,NULL,'shell: root@vm','cmd-a020e0b5711a676d','done','ref=43');
INSERT INTO audit_log VALUES(46,'member',1796038002016,'user.created','01a22c35-0560-7664-8e3c-82383dcf6a76','01a22c35-0560-7664-8e3c-82383dcf6a76',NULL,NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1v',NULL,NULL);
INSERT INTO audit_log VALUES(47,'member',1796038002016,'session.signed_in','01a22c35-0560-7664-8e3c-82383dcf6a76','01a22c35-0560-7664-8e3c-82383dcf6a76','01a22c35-0560-7cba-9ca3-c97b6f4cd772',NULL,'127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1v',NULL,NULL);
INSERT INTO audit_log VALUES(48,'member',1796038013029,'consent.changed','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01aa-7e4d-bb86-129ac1760cfd','01a22c35-01af-76f8-b87d-66ed5e0e94b3','given','127.0.0.1','Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36','gwrpazxi-1z',NULL,NULL);
INSERT INTO audit_log VALUES(49,'access',1796038017069,'access.user.withdraw','operator:root','01a22c35-01f2-77a8-94d1-222c74b8f68e',NULL,NULL,NULL,'shell: root@vm','cmd-9be9f95df48bc14f','done',NULL);
INSERT INTO audit_log VALUES(50,'access',1796038017069,'session.signed_out','operator:root','01a22c35-01f2-77a8-94d1-222c74b8f68e','01a22c35-01f4-703e-a8e9-ac2d818d7512','by_operator',NULL,'shell: root@vm','cmd-9be9f95df48bc14f',NULL,NULL);
INSERT INTO audit_log VALUES(51,'access',1796038017069,'user.withdrawn','operator:root','01a22c35-01f2-77a8-94d1-222c74b8f68e',NULL,'by_operator',NULL,'shell: root@vm','cmd-9be9f95df48bc14f',NULL,NULL);
CREATE TABLE audit_retention (
    class  TEXT    NOT NULL PRIMARY KEY CHECK (class IN ('member', 'access')),
    before INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO audit_retention VALUES('access',1732965995825);
INSERT INTO audit_retention VALUES('member',1788089195825);
CREATE TABLE changes (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    session_key BLOB,
    user_id     TEXT,
    CHECK ((session_key IS NULL) <> (user_id IS NULL))
) STRICT;
INSERT INTO changes VALUES(2,1796038001071,NULL,'01a22c35-01aa-7e4d-bb86-129ac1760cfd');
INSERT INTO changes VALUES(3,1796038001089,NULL,'01a22c35-01be-7b6e-bafc-ed91a22320f4');
INSERT INTO changes VALUES(4,1796038001097,NULL,'01a22c35-01c7-7e24-9817-6ce46002ec77');
INSERT INTO changes VALUES(5,1796038001104,NULL,'01a22c35-01ce-7439-aa54-cf20fe07e017');
INSERT INTO changes VALUES(6,1796038001113,NULL,'01a22c35-01d6-779e-b52b-e2ace92dbfe1');
INSERT INTO changes VALUES(7,1796038001121,NULL,'01a22c35-01df-7b7a-a0d8-e9860db1d356');
INSERT INTO changes VALUES(8,1796038001131,NULL,'01a22c35-01e9-7cba-9d5b-9ec3900a5a7d');
INSERT INTO changes VALUES(9,1796038001140,NULL,'01a22c35-01f2-77a8-94d1-222c74b8f68e');
INSERT INTO changes VALUES(10,1796038001148,NULL,'01a22c35-01aa-7e4d-bb86-129ac1760cfd');
INSERT INTO changes VALUES(11,1796038001324,NULL,'01a22c35-01be-7b6e-bafc-ed91a22320f4');
INSERT INTO changes VALUES(12,1796038001332,X'6b0d5d718d2d816bffa44597e5983750337d26fc9a8a3e56eb46506f97058d87aee0082d',NULL);
INSERT INTO changes VALUES(13,1796038001337,NULL,'01a22c35-01c7-7e24-9817-6ce46002ec77');
INSERT INTO changes VALUES(14,1796038001405,NULL,'01a22c35-01ce-7439-aa54-cf20fe07e017');
INSERT INTO changes VALUES(15,1796038001889,NULL,'01a22c35-01df-7b7a-a0d8-e9860db1d356');
INSERT INTO changes VALUES(16,1796038001889,NULL,'01a22c35-01d6-779e-b52b-e2ace92dbfe1');
INSERT INTO changes VALUES(17,1796038001936,NULL,'01a22c35-01e9-7cba-9d5b-9ec3900a5a7d');
INSERT INTO changes VALUES(18,1796038001936,X'6b0d5d7184718cdf0e9c9781ecbde21bb712042f832998bf590880c056ccc9a417c993f2',NULL);
INSERT INTO changes VALUES(19,1796038013029,NULL,'01a22c35-01aa-7e4d-bb86-129ac1760cfd');
INSERT INTO changes VALUES(20,1796038017069,NULL,'01a22c35-01f2-77a8-94d1-222c74b8f68e');
CREATE TABLE jobs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL CHECK (kind <> ''),
    key        TEXT    NOT NULL CHECK (key <> ''),
    about      TEXT,
    payload    TEXT,
    state      TEXT    NOT NULL CHECK (state IN ('open', 'done', 'dead')),
    attempts   INTEGER NOT NULL,
    run_at     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT,
    CHECK ((ended_at IS NULL) = (state = 'open')),
    UNIQUE (kind, key)
) STRICT;
INSERT INTO jobs VALUES(1,'end_grant','01a22c35-01be-75d4-9c27-b9054b797ff4','01a22c35-01be-7b6e-bafc-ed91a22320f4',NULL,'done',1,1796038061338,1796038001324,1796038001340,'ended');
INSERT INTO jobs VALUES(2,'end_grant','01a22c35-01c7-7958-a793-56b3e9a081fb','01a22c35-01c7-7e24-9817-6ce46002ec77',NULL,'done',1,1796038061338,1796038001332,1796038001339,'gone');
INSERT INTO jobs VALUES(3,'unlink','01a22c35-01c7-7e42-b4ef-e38cf8cd8582@1796038001337','01a22c35-01c7-7e24-9817-6ce46002ec77',NULL,'done',1,1796038061338,1796038001337,1796038001339,'unlinked');
INSERT INTO jobs VALUES(4,'unlink','01a22c35-01ce-706b-ac58-637af2f46835@1796038001405','01a22c35-01ce-7439-aa54-cf20fe07e017',NULL,'done',1,1796038061827,1796038001405,1796038001829,'unlinked');
INSERT INTO jobs VALUES(5,'end_grant','01a22c35-01df-7f5c-a743-0b71257b23bd','01a22c35-01df-7b7a-a0d8-e9860db1d356',NULL,'done',1,1796038062827,1796038001889,1796038002829,'ended');
INSERT INTO jobs VALUES(6,'end_grant','01a22c35-01e9-7733-b58c-0b28ec0d343d','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d',NULL,'done',1,1796038062827,1796038001936,1796038002830,'ended');
INSERT INTO jobs VALUES(7,'unlink','01a22c35-01f2-747b-b1d2-0ea84fdb167b@1796038017069','01a22c35-01f2-77a8-94d1-222c74b8f68e','{"Provider":"kakao","App":"1000001","Subject":"3141592614"}','open',3,1796038028448,1796038017069,NULL,'provider: kakao: unlink: not available: too many failures in a row, waiting before the next attempt');
CREATE TABLE erasures (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    people INTEGER NOT NULL,
    what   TEXT    NOT NULL,
    method TEXT    NOT NULL,
    actor  TEXT    NOT NULL
) STRICT;
INSERT INTO erasures VALUES(1,1796038001405,1,'member: 1 identities, 1 sessions','rows deleted','operator:root');
INSERT INTO erasures VALUES(2,1796038017069,1,'member: 1 identities, 1 sessions','rows deleted','operator:root');
CREATE TABLE merges (
    lost TEXT NOT NULL PRIMARY KEY CHECK (length(lost) = 36),
    kept TEXT NOT NULL CHECK (length(kept) = 36),
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO merges VALUES('01a22c35-01df-7b7a-a0d8-e9860db1d356','01a22c35-01d6-779e-b52b-e2ace92dbfe1',1796038001889);
CREATE TABLE link_tickets (
    hash       BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    ref        TEXT NOT NULL UNIQUE CHECK (ref <> ''),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO link_tickets VALUES(X'ce54f5953d50f2b1fdf69fe2a41197f953af2f7808e9f65d62fa7b4bfb757ce3','43',1796038602002);
CREATE TABLE grants (
    id                 TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    identity_id        TEXT    NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    session_id         TEXT,
    sealed             TEXT    NOT NULL CHECK (sealed <> ''),
    key_id             TEXT    NOT NULL,
    version            INTEGER NOT NULL,
    access_expires_at  INTEGER NOT NULL,
    refresh_expires_at INTEGER,
    created_at         INTEGER NOT NULL,
    lease_until        INTEGER NOT NULL,
    retry_at           INTEGER NOT NULL,
    ended_at           INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO grants VALUES('01a22c35-01aa-79ce-afee-c4b8086fba82','01a22c35-01aa-76f0-9f7b-d89d0b28e1b8','01a22c35-01af-76f8-b87d-66ed5e0e94b3','4VHBmUl3vX4DM-BfCjqKiq85q1fXeS7SQARh5VmERUz2j7ZikhYEDg_Cmi7u6QghKrWwFPYgDe-0CiuLCczdHtqO2k_5-kwfxiQJfcQBtJ8_B6xhs9LjC5CgOmTDAl6jb-TcFF5RjTkrB6wr6-Pq6sPgwaU-JKG6JjL1qOT8OB-P0bYvWm9Dwi72U0JYlQWb6S5rOkh8qJaey0Ed8yED98VdUwtbG4ODFHPhJL0ZEUdvgchwSRGYDxeOtQWU5Q6PqjSwUnvIdRGuNFOTejrvjXSB8LT_hJ6uAsijrnool9g9Gwwm8Ie4PlbCMvjynfnJyg','e151c199',1,1796059600065,1801222000065,1796038001066,0,0,NULL);
INSERT INTO grants VALUES('01a22c35-01b7-72da-8655-3317f419c8f2','01a22c35-01aa-76f0-9f7b-d89d0b28e1b8','01a22c35-01b7-7371-8f05-d851684c37a5','4VHBmYKDesRk-_0CbWbKmtVswSItLrxYLF15YHdaMnS_TJrJzDq_izVCZWC-Qrlx_vHTc-GWKl6WCIIJK-aFxavdeMNxnAKiTQDuIqxXm-Ytk-FO94ZDGKjcCwWYwg25Swh0RMzURkWxTzMHIHccvlRHx3MH3uKiEniR9CJ1w1h7eF_SGD4MPOCIFgs16Sa8ni7oNIXNNJy3FM-6ToyD-0ZmfG5zROgrUbI6rdVudwsEDQHp4_X8bkf0iv8XxP87lnF3SbNqn4hUGBk6o9UJB3RvwivnTTAEBVv7zKAqihU864IUyeePQ2pt0ldpU8HOrw','e151c199',1,1796059600079,1801222000079,1796038001079,0,0,NULL);
INSERT INTO grants VALUES('01a22c35-01d6-7cb7-89d4-303005383524','01a22c35-01d6-72c0-897e-8677662ff4af','01a22c35-01d9-76ca-8ed7-8d77955930ca','4VHBmSxNcdVwir7KS5pWe2tToQt8gHuK6f4cBCdpzlL-ViY6AAkQ4ykOD2l_k-JDgcflBvHB9XijLKDZ73VQtN5GDTwyVS7fXnEHK5ieJdgaa0xtVVkj80JOU1HDZ4QnPx-B0qGl6xUOFGzFxrLg4ng5bhfF_dTXqjGdoiWU-f7YfCF2RVDxSh8pUgXZklwUG7tSwnI58hvqSriCfDFc9i5JLhysNY4ahMdw5aizXMc9hrolRPi46B00cXUwDoJJHyC9T8djeM0RGHmvWZXIaKuVuzITsdCtA7bfEPu2drzx8cbIWFtl8vXIcUCK4I_Z2w','e151c199',1,1796059600110,1801222000110,1796038001110,0,0,NULL);
INSERT INTO grants VALUES('01a22c35-0510-71ac-8fe5-fe267889064c','01a22c35-01e9-7929-9dd4-eb5422687d60','01a22c35-0510-79dd-a156-4696e1e652ca','4VHBmSoxY-OTT90gW3JSl1piKQIZ3ErfAgG_Z7P9dAumjupbOArUXkC8kASHMR-zK8TEIHlQnnlM84uLZqWKsdP5HlgwmYR7ryiGemLTcW0-77jfbSO9KHSJdlupJjzc-S_3Zjy-ruuEfYiweO5ninJyaQv2NB9wMnkyx2EB1DBzMpXlh--ruZddvyohESV-rVRaX2tvK67I93-SEmaOAXmQZgKlmb6RV5uQWcmoIAXj9hmR75W_QGDEVQdTzIjw3mMobggAo9pU9krnCNOEKWbUhVA5e5HOs42dswYU8I5onvlvMy3OEXxhDBs1kqjBwg','e151c199',1,1796059600936,1801222000936,1796038001936,0,0,NULL);
INSERT INTO grants VALUES('01a22c35-0560-7269-8d4b-3fceafce46f6','01a22c35-0560-72cf-8460-763b990788d6','01a22c35-0560-7cba-9ca3-c97b6f4cd772','4VHBmWkg2qlo4XxQCbSqNjsKtlByQcyGFthtgMhF-tGQLxVFR3z7OwT1eP5ZbU0bS0liEEA7ACg4DrY3RWw4SPT9WHr_Iz8L2RDn67Iqjn6eTXWcksuX6tbkdlVNTyg524IuqKUwZXg0Q6lfOqXtMBkN4RX2k-egc2dz0XmOpWr5LGJCYb0bT1FbE65KJyoXWaIKcYrZwrok0EGoPH7wbYpuDU68HUUzSKcg1jb8ARzUcqRICOsEvwVwkiQM2ydQYRvY7Y4kyBPG3M5mHn4tmaXZa1avinCHERWZq4Fgbp590keInSVhuP66xGJiIizLyg','e151c199',1,1796059601016,1801222001016,1796038002016,0,0,NULL);
CREATE TABLE rejoin_blocks (
    key   BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO rejoin_blocks VALUES(X'6598899deef86d2305c26b86caf480db8b8dd80e14e5291d963d8288f045aeb9',1798630001337);
CREATE TABLE rejoin_key (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    sealed TEXT    NOT NULL CHECK (sealed <> '')
) STRICT;
INSERT INTO rejoin_key VALUES(1,'4VHBmVOxpbjtBPyVKwElKinltAbIJSoQ7djQPdXwHJNGn9ucAJfoR5KZmN61rwuBOMY3DDZEOXixlVOZQnBqEA');
CREATE TABLE events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    pos     INTEGER,
    id      TEXT    NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL CHECK (kind <> ''),
    user_id TEXT    NOT NULL CHECK (length(user_id) = 36),
    about   TEXT
) STRICT;
INSERT INTO events VALUES(1,1,'e716c05a186f88a0813068f73a7ac312',1796038001071,'user.created','01a22c35-01aa-7e4d-bb86-129ac1760cfd',NULL);
INSERT INTO events VALUES(2,2,'6f369eead1fe3426c52bb39b6e66bdc5',1796038001089,'user.created','01a22c35-01be-7b6e-bafc-ed91a22320f4',NULL);
INSERT INTO events VALUES(3,3,'d1c414bf0caf76905c2aece386c5002e',1796038001097,'user.created','01a22c35-01c7-7e24-9817-6ce46002ec77',NULL);
INSERT INTO events VALUES(4,4,'3e59d4e7d66d542511e89856e2cc64c0',1796038001104,'user.created','01a22c35-01ce-7439-aa54-cf20fe07e017',NULL);
INSERT INTO events VALUES(5,5,'0beef890f6fa12a9fa6e70608f902445',1796038001113,'user.created','01a22c35-01d6-779e-b52b-e2ace92dbfe1',NULL);
INSERT INTO events VALUES(6,6,'4ff2de594e4431f2ddfadc5a31d778c7',1796038001121,'user.created','01a22c35-01df-7b7a-a0d8-e9860db1d356',NULL);
INSERT INTO events VALUES(7,7,'9ddc829b9783730440a16970a0ed7a11',1796038001131,'user.created','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d',NULL);
INSERT INTO events VALUES(8,8,'9895b8cd31966609fb5470b9c2be948f',1796038001140,'user.created','01a22c35-01f2-77a8-94d1-222c74b8f68e',NULL);
INSERT INTO events VALUES(9,9,'4ebdb2d5602ee082fb79cf0c8bf8e86b',1796038001148,'consent.changed','01a22c35-01aa-7e4d-bb86-129ac1760cfd','news');
INSERT INTO events VALUES(10,10,'dbdc69a6066b34a51927c03c3863809d',1796038001324,'session.revoked','01a22c35-01be-7b6e-bafc-ed91a22320f4','01a22c35-01c1-7143-a291-024afa7ba169');
INSERT INTO events VALUES(11,11,'5d9fde13724cb8074f13d4b57dcbf132',1796038001324,'user.disabled','01a22c35-01be-7b6e-bafc-ed91a22320f4',NULL);
INSERT INTO events VALUES(12,12,'cb4b9eea01e6530d1bb2fe20d57c43c5',1796038001337,'session.revoked','01a22c35-01c7-7e24-9817-6ce46002ec77','01a22c35-02b4-7df3-8156-2a38a62c3cb1');
INSERT INTO events VALUES(13,13,'607170e3093f425b78477646a91de117',1796038001337,'user.withdrawn','01a22c35-01c7-7e24-9817-6ce46002ec77',NULL);
INSERT INTO events VALUES(14,14,'a0e055f998d7b2af5494851302a036f5',1796038001405,'session.revoked','01a22c35-01ce-7439-aa54-cf20fe07e017','01a22c35-01d0-7660-9de0-963825fa2982');
INSERT INTO events VALUES(15,15,'b1b2bacbd9a8c93bc6429adb4bc16797',1796038001405,'user.withdrawn','01a22c35-01ce-7439-aa54-cf20fe07e017',NULL);
INSERT INTO events VALUES(16,16,'16e27f1d65508d2a67187d1ee6050c9b',1796038001405,'user.purged','01a22c35-01ce-7439-aa54-cf20fe07e017',NULL);
INSERT INTO events VALUES(17,17,'433e1d8722079eb5faac3715549d3c39',1796038001889,'session.revoked','01a22c35-01df-7b7a-a0d8-e9860db1d356','01a22c35-01e1-7e0a-83e1-41fe5f3a52c5');
INSERT INTO events VALUES(18,18,'cf13477d45e872a004fb1b454a0400dc',1796038001889,'identity.unlinked','01a22c35-01df-7b7a-a0d8-e9860db1d356','01a22c35-01df-73d9-a522-f088702b94d2');
INSERT INTO events VALUES(19,19,'d1e83076f8a071975895381bf3641c1e',1796038001889,'identity.linked','01a22c35-01d6-779e-b52b-e2ace92dbfe1','01a22c35-01df-73d9-a522-f088702b94d2');
INSERT INTO events VALUES(20,20,'304104a071b460c8392d5e64317c3b65',1796038001889,'user.withdrawn','01a22c35-01df-7b7a-a0d8-e9860db1d356',NULL);
INSERT INTO events VALUES(21,21,'31a0dafc86524febe574526f3bea9c5e',1796038001936,'user.updated','01a22c35-01e9-7cba-9d5b-9ec3900a5a7d',NULL);
INSERT INTO events VALUES(22,22,'4ef61d3a6d2b19a62914b4ce42e01e45',1796038013029,'consent.changed','01a22c35-01aa-7e4d-bb86-129ac1760cfd','news');
INSERT INTO events VALUES(23,NULL,'7e7ec618b82d69892af8f1b6c693244e',1796038017069,'session.revoked','01a22c35-01f2-77a8-94d1-222c74b8f68e','01a22c35-01f4-703e-a8e9-ac2d818d7512');
INSERT INTO events VALUES(24,NULL,'190d5f239efa2779abe1383bd69e5775',1796038017069,'user.withdrawn','01a22c35-01f2-77a8-94d1-222c74b8f68e',NULL);
INSERT INTO events VALUES(25,NULL,'078240a5b2b872f0246f82f65a5dcb67',1796038017069,'user.purged','01a22c35-01f2-77a8-94d1-222c74b8f68e',NULL);
CREATE TABLE event_feed (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    last_pos  INTEGER NOT NULL,
    swept_pos INTEGER NOT NULL
) STRICT;
INSERT INTO event_feed VALUES(1,22,0);
CREATE TABLE event_delivery (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    pos           INTEGER NOT NULL,
    claims        INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    failing_since INTEGER,
    CHECK ((failing_since IS NULL) = (failures = 0))
) STRICT;
INSERT INTO event_delivery VALUES(1,0,4,1796038025917,4,1796038001828);
CREATE TABLE erased (
    user_id TEXT    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE copies (
    slot            INTEGER PRIMARY KEY,
    key             BLOB    NOT NULL CHECK (length(key) = 36),
    layout          INTEGER NOT NULL,
    seen_at         INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    packed          TEXT    NOT NULL
) STRICT;
INSERT INTO copies VALUES(482120279852300879,X'6b0d5d7139bba4f711443d46dae0ec3540e703aadc52bf9e2e97a03b3285f3fc212f42e6',1388691851,1796038001079,1797247601079,replace('01a22c35-01b7-7371-8f05-d851684c37a51796038001079179603800100018038140010791127.0.0.1Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.3601a22c35-01aa-7e4d-bb86-129ac1760cfdactivekoage=14\nservice=2026-01\nnews=11796038001066179603800107101a22c35-01aa-76f0-9f7b-d89d0b28e1b8kakao10000013141592601라이언http://127.0.0.1:5610/-/pictures/ryan/110.jpgryan@example.com2account_email openid profile_image profile_nickname17960380010661796038001079','\n',char(10)));
INSERT INTO copies VALUES(482120279884198253,X'6b0d5d71582716d9d4c69845613d5cea9a2106e0a9334025778a24504f2cfedea94a3b27',1388691851,1796038001071,1797247601071,replace('01a22c35-01af-76f8-b87d-66ed5e0e94b31796038001066179603800000018038140010711127.0.0.1Mozilla/5.0 (Linux; Android 14; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.3601a22c35-01aa-7e4d-bb86-129ac1760cfdactivekoage=14\nservice=2026-01\nnews=11796038001066179603800107101a22c35-01aa-76f0-9f7b-d89d0b28e1b8kakao10000013141592601라이언http://127.0.0.1:5610/-/pictures/ryan/110.jpgryan@example.com2account_email openid profile_image profile_nickname17960380010661796038001079','\n',char(10)));
CREATE TABLE IF NOT EXISTS "attempts" (
    key         BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    progress    INTEGER NOT NULL CHECK (progress BETWEEN 1 AND 3),
    code        TEXT,
    session_key BLOB,
    pending     INTEGER NOT NULL CHECK (pending BETWEEN 0 AND 1),
    claimed_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    CHECK ((session_key IS NOT NULL) = (progress = 2)),
    CHECK ((code IS NOT NULL) = (progress = 3))
) STRICT, WITHOUT ROWID;
INSERT INTO attempts VALUES(X'32e1f8d13a55b2353052395987f1c8d580d3e748266892631778caaefa432e67',2,NULL,X'6b0d5d71784463a5ed4cc84fe585ed1d00686b6cf1b0468dd860d993b354f4025db8402d',1,1796038001117,1796040401115);
INSERT INTO attempts VALUES(X'3a58c8ad569fa7ea34fc96a89189a441b48ed2aa15ad07f8f466e903413af5b2',2,NULL,X'6b0d5d719b9cc261a7897ddf72e3657afa7ac7f9fc745c7df1e7d77752bc6d4010a3c765',1,1796038001093,1796040401091);
INSERT INTO attempts VALUES(X'453243c8f3d57fe5385479d2dbf3d12b52fa0410578fe6c4698a0864bad0bbf2',2,NULL,X'6b0d5d71234242f985b2c5cb2ac9acd6bef8a70f6344de4958d5c8b9fa4322f46080606f',1,1796038001084,1796040401083);
INSERT INTO attempts VALUES(X'480db56d6985313d55822db2499abd7f92d38ef4be691a53b616e8b1d6848645',2,NULL,X'6b0d5d7139bba4f711443d46dae0ec3540e703aadc52bf9e2e97a03b3285f3fc212f42e6',0,1796038001078,1796040401076);
INSERT INTO attempts VALUES(X'51cdd3a48825a0105f433d9c3cae719ed4c4ddc4ef798de3f146e5ee924f5387',2,NULL,X'6b0d5d71d5ff07b58285c2176b223176a7deb1e62d81a69f353acd6d5a4dabdc28d3a1de',1,1796038001126,1796040401123);
INSERT INTO attempts VALUES(X'659348e35f87909e5ec0a6cfde66789486530cb326ea4b9fa1da766242e75105',2,NULL,X'6b0d5d71a048df33471b15e2e13b547c218a7fa54544b5cdffe6f0d70baee52ee1e1ea5c',0,1796038001932,1796040401927);
INSERT INTO attempts VALUES(X'7eaf1ade34b187b16fd1e9d5d1bb1decd8dfbe83ab7a011fb5e3fdf5571b4398',2,NULL,X'6b0d5d718732ab8cd712fabb3572216fb4d8688424097294f51d6d2dbcb4a27b80dfaa74',1,1796038001100,1796040401099);
INSERT INTO attempts VALUES(X'8124c2ce1ecfe60d9b8de01a10e70cdaa1b21f1c7df7ee46115b577d53c5d750',2,NULL,X'6b0d5d7140487e82d092b116ce7cdab0ee15db8678af6aff4bf844e3ec62415754d25f7d',0,1796038001330,1796040401329);
INSERT INTO attempts VALUES(X'8e43f64022204c1c007c8461ba45f891d45070a8c52d40b7753ca28fb73095f0',2,NULL,X'6b0d5d7174a852f99d9c6cc2116431aee291d1e7860645fdc3e0df721d20359475e20df1',1,1796038001109,1796040401107);
INSERT INTO attempts VALUES(X'94dde9a7a33a739aa4032b8757bba3233de2a8db7412d2fc000d3877dde59202',2,NULL,X'6b0d5d7212d1309089e35c6d463d559be35fce4b3c158f7830b34012b8052641b96d2b69',1,1796038002014,1796040402012);
INSERT INTO attempts VALUES(X'a8166d2d64fe6fa403e08bcd1ba529cf7ccfde6f1761e7c1c0f1e8aa20e8b0a4',2,NULL,X'6b0d5d70db08a793fd85aebc57c83d9f00e55b3e7cf2adbb90bb22507cc55cdc5af3111c',1,1796038000775,1796040400766);
INSERT INTO attempts VALUES(X'b491bb1d1e149698f5094eaaa061ec277e701f8fd7b74a7ac40bac92e86ffdfb',2,NULL,X'6b0d5d7151fd0fe9f1568506452ae3efb662ebd835498d2165b6b6d97961679b2b732808',1,1796038001136,1796040401135);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('schema_migrations',12);
INSERT INTO sqlite_sequence VALUES('changes',20);
INSERT INTO sqlite_sequence VALUES('audit_log',51);
INSERT INTO sqlite_sequence VALUES('events',25);
INSERT INTO sqlite_sequence VALUES('consents',50);
INSERT INTO sqlite_sequence VALUES('jobs',7);
INSERT INTO sqlite_sequence VALUES('erasures',2);
CREATE UNIQUE INDEX users_ref ON users (ref) WHERE ref IS NOT NULL;
CREATE INDEX users_pending ON users (created_at) WHERE status = 'pending';
CREATE INDEX identities_user ON identities (user_id);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_idle ON sessions (idle_expires_at);
CREATE INDEX consents_user ON consents (user_id, id);
CREATE TRIGGER consents_fixed BEFORE UPDATE ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents are never changed');
END;
CREATE INDEX audit_log_at ON audit_log (class, at);
CREATE INDEX audit_log_user ON audit_log (user_id, at) WHERE user_id IS NOT NULL;
CREATE TRIGGER audit_log_fixed BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_log_kept BEFORE DELETE ON audit_log
WHEN OLD.at >= (SELECT before FROM audit_retention WHERE class = OLD.class)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_retention_forward BEFORE UPDATE ON audit_retention
WHEN NEW.before < OLD.before OR NEW.class <> OLD.class
BEGIN
    SELECT RAISE(ABORT, 'audit retention only moves forward');
END;
CREATE TRIGGER audit_retention_stays BEFORE DELETE ON audit_retention
BEGIN
    SELECT RAISE(ABORT, 'audit retention only moves forward');
END;
CREATE INDEX changes_at ON changes (at);
CREATE INDEX jobs_due ON jobs (run_at) WHERE state = 'open';
CREATE INDEX jobs_dead ON jobs (ended_at) WHERE state = 'dead';
CREATE INDEX jobs_done ON jobs (ended_at) WHERE state = 'done';
CREATE INDEX jobs_about ON jobs (about) WHERE about IS NOT NULL;
CREATE INDEX merges_kept ON merges (kept);
CREATE INDEX link_tickets_expires ON link_tickets (expires_at);
CREATE INDEX consents_marketing ON consents (at) WHERE kind = 'marketing' AND agreed = 1;
CREATE INDEX grants_identity ON grants (identity_id);
CREATE INDEX grants_session ON grants (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX grants_key ON grants (key_id);
CREATE INDEX grants_lapse ON grants (refresh_expires_at) WHERE refresh_expires_at IS NOT NULL;
CREATE INDEX users_purge ON users (purge_at) WHERE purge_at IS NOT NULL;
CREATE INDEX rejoin_blocks_until ON rejoin_blocks (until);
CREATE VIEW norang_members AS
SELECT u.id,
       CASE WHEN u.status <> 'withdrawn' THEN u.ref END AS ref,
       u.status,
       CASE WHEN u.status <> 'withdrawn' THEN COALESCE(u.nickname, i.nickname) END AS nickname,
       CASE WHEN u.status <> 'withdrawn' THEN COALESCE(u.picture, i.picture) END AS picture,
       CASE WHEN i.email_state = 2 THEN i.email END AS email,
       i.provider,
       i.app,
       i.subject,
       strftime('%Y-%m-%dT%H:%M:%fZ', u.created_at / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', u.joined_at / 1000.0, 'unixepoch') AS joined_at
FROM users u
LEFT JOIN identities i ON u.status <> 'withdrawn' AND i.id = (
    SELECT l.id FROM identities l WHERE l.user_id = u.id ORDER BY l.seen_at DESC, l.id LIMIT 1)
WHERE u.status <> 'pending';
CREATE UNIQUE INDEX events_pos ON events (pos) WHERE pos IS NOT NULL;
CREATE INDEX events_unplaced ON events (seq) WHERE pos IS NULL;
CREATE INDEX events_at ON events (at);
CREATE INDEX audit_log_actor ON audit_log (actor, at) WHERE class = 'access';
CREATE TRIGGER copies_session_gone AFTER DELETE ON sessions
BEGIN
    DELETE FROM copies WHERE slot = ('0x' || substr(hex(OLD.key), 1, 15)) ->> '$';
END;
CREATE TRIGGER copies_session_used AFTER UPDATE OF seen_at, idle_expires_at ON sessions
BEGIN
    UPDATE copies SET seen_at = NEW.seen_at, idle_expires_at = NEW.idle_expires_at
    WHERE slot = ('0x' || substr(hex(NEW.key), 1, 15)) ->> '$' AND key = NEW.key;
END;
CREATE TRIGGER copies_session_changed
AFTER UPDATE OF key, id, user_id, identity_id, created_at, auth_time, expires_at, remember, address, user_agent ON sessions
BEGIN
    DELETE FROM copies WHERE slot = ('0x' || substr(hex(OLD.key), 1, 15)) ->> '$';
END;
CREATE TRIGGER copies_user_changed AFTER UPDATE ON users
BEGIN
    DELETE FROM copies WHERE slot IN (SELECT ('0x' || substr(hex(key), 1, 15)) ->> '$' FROM sessions WHERE user_id = OLD.id);
END;
CREATE TRIGGER copies_user_gone AFTER DELETE ON users
BEGIN
    DELETE FROM copies WHERE slot IN (SELECT ('0x' || substr(hex(key), 1, 15)) ->> '$' FROM sessions WHERE user_id = OLD.id);
END;
CREATE TRIGGER copies_identity_changed
AFTER UPDATE OF id, user_id, provider, app, subject, nickname, picture, email, email_state, linked_at, scopes ON identities
BEGIN
    DELETE FROM copies WHERE slot IN (SELECT ('0x' || substr(hex(key), 1, 15)) ->> '$' FROM sessions WHERE user_id = OLD.user_id);
END;
CREATE TRIGGER copies_identity_gone AFTER DELETE ON identities
BEGIN
    DELETE FROM copies WHERE slot IN (SELECT ('0x' || substr(hex(key), 1, 15)) ->> '$' FROM sessions WHERE user_id = OLD.user_id);
END;
CREATE INDEX attempts_expires ON attempts (expires_at);
COMMIT;
