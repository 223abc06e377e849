package apple

import (
	"context"
	"errors"
	"net/http"

	"github.com/norang-login/norang/internal/oauthclient"
)

const (
	opMigrationToken = "migration_token"
	opMigration      = "migration"
)

// MigrationToken requests an access token for [Client.TransferSubject] and [Client.TransferredUser], valid for an hour.
// Source: Apple, TN3159.
func (c *Client) MigrationToken(ctx context.Context, clientID string) (Secret, error) {
	form, secret, err := c.clientForm(clientID)
	if err != nil {
		return "", err
	}
	form.Set("grant_type", "client_credentials")
	form.Set("scope", "user.migration")
	t, err := c.token(ctx, opMigrationToken, form, secret)
	if err != nil {
		return "", err
	}
	return t.AccessToken, nil
}

// TransferSubject returns the transfer identifier of one of this team's users, to hand to the team that takes the app
// over. Call it for every user before the transfer is accepted, or within 60 days after.
// Source: Apple, TN3159, "Transferring your apps and users to another team".
func (c *Client) TransferSubject(ctx context.Context, token Secret, clientID, subject, toTeam string) (string, error) {
	o, err := c.migrate(ctx, token, clientID, map[string]string{"sub": subject, "target": toTeam})
	if err != nil {
		return "", err
	}
	id := subjectOrNone(o.Text("transfer_sub"))
	if id == "" {
		return "", malformed(opMigration, errors.New("missing transfer_sub"))
	}
	return id, nil
}

// TransferredUser is a user of an app that was transferred from another team.
type TransferredUser struct {
	Subject      string // in this team
	Email        string // perhaps a new relay address
	PrivateEmail bool
}

// TransferredUser returns the user of a transfer identifier, for 60 days after the transfer.
// Source: Apple, TN3159, "Bringing new apps and users into your team".
func (c *Client) TransferredUser(
	ctx context.Context, token Secret, clientID, transferSubject string,
) (*TransferredUser, error) {
	o, err := c.migrate(ctx, token, clientID, map[string]string{"transfer_sub": transferSubject})
	if err != nil {
		return nil, err
	}
	u := &TransferredUser{
		Subject: subjectOrNone(o.Text("sub")), Email: address(o.Text("email")),
		PrivateEmail: o.BoolOrText("is_private_email"),
	}
	if u.Subject == "" {
		return nil, malformed(opMigration, errors.New("missing sub"))
	}
	return u, nil
}

func (c *Client) migrate(
	ctx context.Context, token Secret, clientID string, params map[string]string,
) (oauthclient.Object, error) {
	if !oauthclient.VisibleASCII(token.Reveal(), maxToken) {
		return nil, invalid(opMigration, "access token is empty, too long or contains unusual characters")
	}
	form, secret, err := c.clientForm(clientID)
	if err != nil {
		return nil, err
	}
	for name, value := range params {
		if !oauthclient.VisibleASCII(value, maxSubject) {
			return nil, invalid(opMigration, name+" is empty, too long or contains unusual characters")
		}
		form.Set(name, value)
	}
	return c.calls.Object(ctx, oauthclient.Call{
		Op: opMigration, Host: c.host, Method: http.MethodPost, Path: "/auth/usermigrationinfo", Params: form,
		Authorization: oauthclient.Bearer(token), Retry: true, Secrets: []Secret{token, secret},
	})
}
