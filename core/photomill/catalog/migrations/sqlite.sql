CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE collections (
	id VARCHAR(36) NOT NULL,
	name TEXT NOT NULL,
	embedder TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	dimension INTEGER NOT NULL,
	index_name TEXT NOT NULL,
	product_field TEXT NOT NULL,
	max_records BIGINT NOT NULL,
	created FLOAT NOT NULL,
	sequence BIGINT NOT NULL,
	epoch BIGINT NOT NULL, thumbnails BOOLEAN DEFAULT 0 NOT NULL, texts BOOLEAN DEFAULT 0 NOT NULL, recogniser TEXT DEFAULT '' NOT NULL, people_epoch BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT pk_collections PRIMARY KEY (id)
);

CREATE INDEX ix_collections_name ON collections (name);

CREATE TABLE records (
	serial INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	collection_id VARCHAR(36) NOT NULL,
	id TEXT NOT NULL,
	attributes TEXT NOT NULL,
	vector BLOB NOT NULL,
	digest BLOB NOT NULL,
	perceptual_hash BIGINT,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	format VARCHAR(8) NOT NULL,
	bytes BIGINT NOT NULL,
	created FLOAT NOT NULL,
	sequence BIGINT NOT NULL,
	CONSTRAINT fk_records_collection_id FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE,
	CONSTRAINT uq_records_collection_id_id UNIQUE (collection_id, id)
);

CREATE INDEX ix_records_collection_id_sequence ON records (collection_id, sequence);

CREATE INDEX ix_records_collection_id_serial ON records (collection_id, serial);

CREATE TABLE deletions (
	collection_id VARCHAR(36) NOT NULL,
	serial BIGINT NOT NULL,
	sequence BIGINT NOT NULL,
	CONSTRAINT pk_deletions PRIMARY KEY (collection_id, serial),
	CONSTRAINT fk_deletions_collection_id FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);

CREATE INDEX ix_deletions_collection_id_sequence ON deletions (collection_id, sequence);

CREATE TABLE keys (
	id VARCHAR(36) NOT NULL,
	name TEXT NOT NULL,
	owner TEXT NOT NULL,
	scopes TEXT NOT NULL,
	collections TEXT,
	digest BLOB NOT NULL,
	hint TEXT NOT NULL,
	created FLOAT NOT NULL,
	revoked FLOAT, grant_id TEXT,
	CONSTRAINT pk_keys PRIMARY KEY (id),
	CONSTRAINT uq_keys_digest UNIQUE (digest)
);

CREATE TABLE jobs (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	id VARCHAR(36) NOT NULL,
	kind TEXT NOT NULL,
	owner TEXT NOT NULL,
	state VARCHAR(12) NOT NULL,
	"plan" TEXT NOT NULL,
	idempotency_key TEXT,
	callback_uri TEXT NOT NULL,
	callback_format TEXT NOT NULL,
	created FLOAT NOT NULL,
	finished FLOAT,
	expires FLOAT,
	found BIGINT NOT NULL,
	listed INTEGER NOT NULL,
	done BIGINT NOT NULL,
	failed BIGINT NOT NULL,
	skipped BIGINT NOT NULL,
	steward VARCHAR(36) NOT NULL,
	steward_due FLOAT NOT NULL,
	steward_attempts INTEGER NOT NULL,
	result TEXT,
	error TEXT NOT NULL,
	error_detail TEXT, steward_begun FLOAT DEFAULT '0' NOT NULL, steward_interruptions INTEGER DEFAULT '0' NOT NULL, steward_deaths INTEGER DEFAULT '0' NOT NULL, lost BIGINT DEFAULT '0' NOT NULL, started FLOAT,
	CONSTRAINT uq_jobs_id UNIQUE (id),
	CONSTRAINT uq_jobs_owner_kind_idempotency_key UNIQUE (owner, kind, idempotency_key)
);

CREATE INDEX ix_jobs_state_number ON jobs (state, number);

CREATE INDEX ix_jobs_expires ON jobs (expires);

CREATE TABLE job_items (
	job BIGINT NOT NULL,
	position BIGINT NOT NULL,
	name TEXT NOT NULL,
	state VARCHAR(12) NOT NULL,
	due FLOAT NOT NULL,
	worker VARCHAR(36) NOT NULL,
	attempts INTEGER NOT NULL,
	input TEXT NOT NULL,
	result TEXT,
	error TEXT NOT NULL,
	error_detail TEXT,
	finished FLOAT, begun FLOAT DEFAULT '0' NOT NULL, interruptions INTEGER DEFAULT '0' NOT NULL, deaths INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_job_items PRIMARY KEY (job, position),
	CONSTRAINT fk_job_items_job FOREIGN KEY(job) REFERENCES jobs (number) ON DELETE CASCADE
);

CREATE INDEX ix_job_items_job_state_due_position ON job_items (job, state, due, position);

CREATE INDEX ix_job_items_worker ON job_items (worker);

CREATE INDEX ix_job_items_job_name ON job_items (job, name);

CREATE TABLE deliveries (
	job BIGINT NOT NULL,
	format TEXT NOT NULL,
	state VARCHAR(12) NOT NULL,
	due FLOAT NOT NULL,
	worker VARCHAR(36) NOT NULL,
	attempt INTEGER NOT NULL,
	error TEXT NOT NULL, host TEXT DEFAULT '' NOT NULL, refused INTEGER DEFAULT '0' NOT NULL,
	CONSTRAINT pk_deliveries PRIMARY KEY (job),
	CONSTRAINT fk_deliveries_job FOREIGN KEY(job) REFERENCES jobs (number) ON DELETE CASCADE
);

CREATE INDEX ix_deliveries_state_due ON deliveries (state, due);

CREATE TABLE workers (
	id VARCHAR(36) NOT NULL,
	seen FLOAT NOT NULL, boot VARCHAR(64) DEFAULT '' NOT NULL,
	CONSTRAINT pk_workers PRIMARY KEY (id)
);

CREATE TABLE owners (
	id VARCHAR(36) NOT NULL,
	name TEXT NOT NULL,
	email TEXT NOT NULL,
	timezone TEXT NOT NULL,
	primary_brand TEXT NOT NULL,
	collection TEXT NOT NULL,
	created FLOAT NOT NULL,
	CONSTRAINT pk_owners PRIMARY KEY (id)
);

CREATE TABLE group_tokens (
	token VARCHAR(12) NOT NULL,
	token_key VARCHAR(12) NOT NULL,
	group_id VARCHAR(36) NOT NULL,
	CONSTRAINT pk_group_tokens PRIMARY KEY (token)
);

CREATE INDEX ix_group_tokens_token_key ON group_tokens (token_key);

CREATE TABLE groups (
	id VARCHAR(36) NOT NULL,
	owner_id VARCHAR(36) NOT NULL,
	brand_id TEXT NOT NULL,
	name TEXT NOT NULL,
	token VARCHAR(12) NOT NULL,
	happened BIGINT NOT NULL,
	thumb TEXT NOT NULL,
	hidden INTEGER NOT NULL,
	password TEXT NOT NULL,
	expires FLOAT,
	uploading FLOAT,
	details TEXT NOT NULL,
	created FLOAT NOT NULL,
	updated FLOAT NOT NULL,
	deleted FLOAT,
	CONSTRAINT pk_groups PRIMARY KEY (id),
	CONSTRAINT uq_groups_token UNIQUE (token),
	CONSTRAINT fk_groups_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE CASCADE
);

CREATE INDEX ix_groups_owner_id_happened ON groups (owner_id, happened);

CREATE INDEX ix_groups_brand_id_happened ON groups (brand_id, happened);

CREATE TABLE photos (
	id VARCHAR(36) NOT NULL,
	group_id VARCHAR(36) NOT NULL,
	owner_id VARCHAR(36) NOT NULL,
	state VARCHAR(8) NOT NULL,
	secret BLOB,
	expires FLOAT,
	receiver VARCHAR(36),
	received_until FLOAT,
	sort_name TEXT NOT NULL,
	files TEXT NOT NULL,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	bytes BIGINT NOT NULL,
	format VARCHAR(8) NOT NULL,
	mean_colour VARCHAR(7) NOT NULL,
	digest BLOB,
	uploaded FLOAT,
	captured FLOAT,
	favourite INTEGER NOT NULL,
	duplicate_of TEXT NOT NULL,
	error TEXT NOT NULL,
	created FLOAT NOT NULL,
	updated FLOAT NOT NULL,
	deleted FLOAT, captured_offset FLOAT, position INTEGER,
	CONSTRAINT pk_photos PRIMARY KEY (id),
	CONSTRAINT uq_photos_secret UNIQUE (secret),
	CONSTRAINT fk_photos_group_id FOREIGN KEY(group_id) REFERENCES groups (id) ON DELETE CASCADE,
	CONSTRAINT fk_photos_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE CASCADE
);

CREATE INDEX ix_photos_group_id_state ON photos (group_id, state);

CREATE INDEX ix_photos_owner_id_digest ON photos (owner_id, digest);

CREATE INDEX ix_photos_state_expires ON photos (state, expires);

CREATE TABLE album_files (
	path VARCHAR(64) NOT NULL,
	photo_id VARCHAR(36) NOT NULL,
	kind VARCHAR(24) NOT NULL,
	storage_key TEXT NOT NULL,
	CONSTRAINT pk_album_files PRIMARY KEY (path),
	CONSTRAINT fk_album_files_photo_id FOREIGN KEY(photo_id) REFERENCES photos (id) ON DELETE CASCADE
);

CREATE INDEX ix_album_files_photo_id ON album_files (photo_id);

CREATE INDEX ix_album_files_storage_key ON album_files (storage_key);

CREATE TABLE zips (
	id VARCHAR(43) NOT NULL,
	owner_id VARCHAR(36) NOT NULL,
	group_id VARCHAR(36) NOT NULL,
	name TEXT NOT NULL,
	entries TEXT NOT NULL,
	left_out TEXT NOT NULL,
	state VARCHAR(8) NOT NULL,
	error TEXT NOT NULL,
	done INTEGER NOT NULL,
	storage_key TEXT NOT NULL,
	bytes BIGINT NOT NULL,
	downloads INTEGER NOT NULL,
	created FLOAT NOT NULL,
	finished FLOAT,
	expires FLOAT NOT NULL,
	CONSTRAINT pk_zips PRIMARY KEY (id),
	CONSTRAINT fk_zips_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE CASCADE
);

CREATE INDEX ix_zips_owner_id ON zips (owner_id);

CREATE INDEX ix_zips_expires ON zips (expires);

CREATE INDEX ix_zips_storage_key ON zips (storage_key);

CREATE TABLE usage (
	key_id VARCHAR(36) NOT NULL,
	day VARCHAR(10) NOT NULL,
	calls BIGINT NOT NULL,
	CONSTRAINT pk_usage PRIMARY KEY (key_id, day),
	CONSTRAINT fk_usage_key_id FOREIGN KEY(key_id) REFERENCES keys (id) ON DELETE CASCADE
);

CREATE TABLE "storages" (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name VARCHAR(50) NOT NULL,
	type VARCHAR(20) NOT NULL,
	parameters TEXT NOT NULL,
	secret TEXT NOT NULL,
	trusted BOOLEAN NOT NULL,
	revision BIGINT NOT NULL,
	created FLOAT NOT NULL,
	owner TEXT NOT NULL,
	CONSTRAINT uq_storages_owner_name UNIQUE (owner, name)
);

CREATE TABLE catalog_identity (
	id VARCHAR(36) NOT NULL,
	CONSTRAINT pk_catalog_identity PRIMARY KEY (id)
);

CREATE INDEX ix_keys_grant_id ON keys (grant_id);

CREATE TABLE redeemed_grants (
	id TEXT NOT NULL,
	expires FLOAT NOT NULL,
	CONSTRAINT pk_redeemed_grants PRIMARY KEY (id)
);

CREATE TABLE signatures (
	serial BIGINT NOT NULL,
	hashes BLOB NOT NULL,
	signature BLOB NOT NULL,
	CONSTRAINT pk_signatures PRIMARY KEY (serial),
	CONSTRAINT fk_signatures_serial_records FOREIGN KEY(serial) REFERENCES records (serial) ON DELETE CASCADE
);

CREATE TABLE "brands" (
	id VARCHAR(36) NOT NULL,
	owner_id VARCHAR(36) NOT NULL,
	name TEXT NOT NULL,
	slug TEXT NOT NULL,
	slug_key TEXT NOT NULL,
	details TEXT NOT NULL,
	created FLOAT NOT NULL,
	CONSTRAINT pk_brands PRIMARY KEY (id),
	CONSTRAINT fk_brands_owner_id FOREIGN KEY(owner_id) REFERENCES owners (id) ON DELETE CASCADE,
	CONSTRAINT uq_brands_slug_key UNIQUE (slug_key)
);

CREATE INDEX ix_brands_owner_id ON brands (owner_id);

CREATE TABLE dropped_records (
	serial BIGINT NOT NULL,
	collection_id VARCHAR(36) NOT NULL,
	id TEXT NOT NULL,
	attributes TEXT NOT NULL,
	vector BLOB NOT NULL,
	digest BLOB NOT NULL,
	perceptual_hash BIGINT,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	format VARCHAR(8) NOT NULL,
	bytes BIGINT NOT NULL,
	created FLOAT NOT NULL,
	hashes BLOB,
	signature BLOB,
	dropped FLOAT NOT NULL, classes BLOB, colours BLOB, text TEXT, kind VARCHAR(16),
	CONSTRAINT pk_dropped_records PRIMARY KEY (serial),
	CONSTRAINT fk_dropped_records_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);

CREATE INDEX ix_dropped_records_collection_id_id ON dropped_records (collection_id, id);

CREATE INDEX ix_dropped_records_collection_id_dropped ON dropped_records (collection_id, dropped);

CREATE TABLE reviews (
	id VARCHAR(36) NOT NULL,
	serial BIGINT NOT NULL,
	collection_id VARCHAR(36) NOT NULL,
	CONSTRAINT pk_reviews PRIMARY KEY (id, serial),
	CONSTRAINT fk_reviews_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);

CREATE INDEX ix_reviews_collection_id ON reviews (collection_id);

CREATE TABLE sessions (
	digest BLOB NOT NULL,
	key_id VARCHAR(36) NOT NULL,
	created FLOAT NOT NULL,
	expires FLOAT NOT NULL,
	CONSTRAINT pk_sessions PRIMARY KEY (digest),
	CONSTRAINT fk_sessions_key_id_keys FOREIGN KEY(key_id) REFERENCES keys (id) ON DELETE CASCADE
);

CREATE INDEX ix_sessions_key_id ON sessions (key_id);

CREATE TABLE sign_in_links (
	digest BLOB NOT NULL,
	key_id VARCHAR(36) NOT NULL,
	expires FLOAT NOT NULL,
	CONSTRAINT pk_sign_in_links PRIMARY KEY (digest),
	CONSTRAINT fk_sign_in_links_key_id_keys FOREIGN KEY(key_id) REFERENCES keys (id) ON DELETE CASCADE
);

CREATE TABLE share_options (
	group_id VARCHAR(36) NOT NULL,
	downloads VARCHAR(8) NOT NULL,
	watermark INTEGER NOT NULL,
	favourites INTEGER NOT NULL,
	message TEXT NOT NULL,
	CONSTRAINT pk_share_options PRIMARY KEY (group_id),
	CONSTRAINT fk_share_options_group_id_groups FOREIGN KEY(group_id) REFERENCES groups (id) ON DELETE CASCADE
);

CREATE TABLE visitors (
	id VARCHAR(36) NOT NULL,
	group_id VARCHAR(36) NOT NULL,
	secret BLOB NOT NULL,
	name TEXT NOT NULL,
	message TEXT NOT NULL,
	created FLOAT NOT NULL,
	updated FLOAT NOT NULL,
	sent FLOAT,
	CONSTRAINT pk_visitors PRIMARY KEY (id),
	CONSTRAINT fk_visitors_group_id_groups FOREIGN KEY(group_id) REFERENCES groups (id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX ix_visitors_group_id_secret ON visitors (group_id, secret);

CREATE TABLE favourites (
	visitor_id VARCHAR(36) NOT NULL,
	photo_id VARCHAR(36) NOT NULL,
	created FLOAT NOT NULL,
	CONSTRAINT pk_favourites PRIMARY KEY (visitor_id, photo_id),
	CONSTRAINT fk_favourites_visitor_id_visitors FOREIGN KEY(visitor_id) REFERENCES visitors (id) ON DELETE CASCADE,
	CONSTRAINT fk_favourites_photo_id_photos FOREIGN KEY(photo_id) REFERENCES photos (id) ON DELETE CASCADE
);

CREATE INDEX ix_favourites_photo_id ON favourites (photo_id);

CREATE TABLE rates (
	name VARCHAR(40) NOT NULL,
	caller VARCHAR(100) NOT NULL,
	level FLOAT NOT NULL,
	since FLOAT NOT NULL,
	CONSTRAINT pk_rates PRIMARY KEY (name, caller)
);

CREATE TABLE imported_folders (
	collection_id VARCHAR(36) NOT NULL,
	path TEXT NOT NULL, searched BOOLEAN DEFAULT 1 NOT NULL,
	CONSTRAINT pk_imported_folders PRIMARY KEY (collection_id, path),
	CONSTRAINT fk_imported_folders_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);

CREATE TABLE sights (
	serial BIGINT NOT NULL,
	classes BLOB NOT NULL,
	colours BLOB NOT NULL,
	CONSTRAINT pk_sights PRIMARY KEY (serial),
	CONSTRAINT fk_sights_serial_records FOREIGN KEY(serial) REFERENCES records (serial) ON DELETE CASCADE
);

CREATE TABLE thumbnails (
	serial BIGINT NOT NULL,
	collection_id VARCHAR(36) NOT NULL,
	token VARCHAR(32) NOT NULL,
	bytes INTEGER NOT NULL,
	CONSTRAINT pk_thumbnails PRIMARY KEY (serial),
	CONSTRAINT fk_thumbnails_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE,
	CONSTRAINT uq_thumbnails_token UNIQUE (token)
);

CREATE INDEX ix_thumbnails_collection_id ON thumbnails (collection_id);

CREATE TABLE texts (
	serial BIGINT NOT NULL,
	text TEXT NOT NULL,
	kind VARCHAR(16) NOT NULL,
	CONSTRAINT pk_texts PRIMARY KEY (serial),
	CONSTRAINT fk_texts_serial_records FOREIGN KEY(serial) REFERENCES records (serial) ON DELETE CASCADE
);

CREATE TABLE people (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	collection_id VARCHAR(36) NOT NULL,
	name TEXT NOT NULL, sequence BIGINT DEFAULT '0' NOT NULL,
	CONSTRAINT fk_people_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);

CREATE TABLE faces (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	serial BIGINT NOT NULL,
	collection_id VARCHAR(36) NOT NULL,
	person BIGINT NOT NULL,
	"left" FLOAT NOT NULL,
	top FLOAT NOT NULL,
	width FLOAT NOT NULL,
	height FLOAT NOT NULL,
	confidence FLOAT NOT NULL,
	vector BLOB NOT NULL,
	crop BLOB NOT NULL,
	CONSTRAINT fk_faces_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE,
	CONSTRAINT fk_faces_person_people FOREIGN KEY(person) REFERENCES people (number)
);

CREATE INDEX ix_faces_serial ON faces (serial);

CREATE INDEX ix_faces_person ON faces (person);

CREATE TABLE face_rejections (
	face BIGINT NOT NULL,
	person BIGINT NOT NULL,
	CONSTRAINT pk_face_rejections PRIMARY KEY (face, person),
	CONSTRAINT fk_face_rejections_face_faces FOREIGN KEY(face) REFERENCES faces (number) ON DELETE CASCADE,
	CONSTRAINT fk_face_rejections_person_people FOREIGN KEY(person) REFERENCES people (number) ON DELETE CASCADE
);

CREATE INDEX ix_face_rejections_person ON face_rejections (person);

CREATE TABLE face_searches (
	serial BIGINT NOT NULL,
	collection_id VARCHAR(36) NOT NULL,
	CONSTRAINT pk_face_searches PRIMARY KEY (serial),
	CONSTRAINT fk_face_searches_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);

CREATE INDEX ix_face_searches_collection_id ON face_searches (collection_id);

CREATE TABLE converted_vectors (
	serial BIGINT NOT NULL,
	collection_id VARCHAR(36) NOT NULL,
	fingerprint TEXT NOT NULL,
	vector BLOB NOT NULL,
	CONSTRAINT pk_converted_vectors PRIMARY KEY (serial),
	CONSTRAINT fk_converted_vectors_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);

CREATE INDEX ix_converted_vectors_collection_id ON converted_vectors (collection_id);

CREATE INDEX ix_people_collection_id_sequence ON people (collection_id, sequence);

CREATE INDEX ix_faces_collection_id_number ON faces (collection_id, number);

CREATE TABLE duplicate_passes (
	job BIGINT NOT NULL,
	collection_id VARCHAR(36) NOT NULL,
	radius FLOAT NOT NULL,
	filter TEXT NOT NULL,
	strict INTEGER NOT NULL,
	last BIGINT NOT NULL,
	total BIGINT NOT NULL,
	uncompared BIGINT NOT NULL,
	approximate INTEGER NOT NULL,
	finished FLOAT NOT NULL,
	CONSTRAINT pk_duplicate_passes PRIMARY KEY (job),
	CONSTRAINT fk_duplicate_passes_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);

CREATE INDEX ix_duplicate_passes_collection_id ON duplicate_passes (collection_id);

CREATE TABLE duplicate_pairs (
	job BIGINT NOT NULL,
	part BIGINT NOT NULL,
	first BIGINT NOT NULL,
	second BIGINT NOT NULL,
	collection_id VARCHAR(36) NOT NULL,
	distance FLOAT NOT NULL,
	kind VARCHAR(12) NOT NULL,
	CONSTRAINT pk_duplicate_pairs PRIMARY KEY (job, part, first, second),
	CONSTRAINT fk_duplicate_pairs_collection_id_collections FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);

CREATE INDEX ix_duplicate_pairs_collection_id ON duplicate_pairs (collection_id);

CREATE INDEX ix_duplicate_pairs_job_distance ON duplicate_pairs (job, distance);

CREATE INDEX ix_jobs_listed_state_steward_due_number ON jobs (listed, state, steward_due, number);

INSERT INTO alembic_version (version_num) VALUES ('0030')
