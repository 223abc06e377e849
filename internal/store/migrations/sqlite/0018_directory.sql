-- +goose Up

-- Pages of users by status, and users by an e-mail address, take the same time however many users there are.
CREATE INDEX users_status ON users (status, id);
CREATE INDEX identities_email ON identities (email, user_id) WHERE email IS NOT NULL;
