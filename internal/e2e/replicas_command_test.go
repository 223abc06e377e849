package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// operatorCommand runs an operator's command on the shared database and decodes its JSON.
func (r *replicas) operatorCommand(t *testing.T, to any, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), r.bin, append(args, "--json")...)
	cmd.Env, cmd.Dir, cmd.Stderr = []string{"NORANG_DATABASE=" + r.dsn}, r.dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	if err := json.Unmarshal(out, to); err != nil {
		t.Fatalf("%v: %v in %s", args, err, out)
	}
}

// commandsReachEveryReplica ends sessions and disables a user from a shell; every replica must notice (AD-06,
// SE-14).
func (r *replicas) commandsReachEveryReplica(t *testing.T) {
	apeach := newPerson(t)
	signIn := func() {
		t.Helper()
		r.meet(0)
		_, kakao := apeach.get(r.url() + "/oauth/kakao?login_hint=" + kakaotest.PersonaApeach)
		_, callback := apeach.get(kakao)
		apeach.get(callback)
		for i := range r.up {
			r.meet(i)
			if got := apeach.status(r.url()); got != "active" { // now every replica has it in its cache
				t.Fatalf("signed in, asked at %d: %q", i, got)
			}
		}
	}
	out := func(what string) {
		t.Helper()
		for i := range r.up {
			r.meet(i)
			await(
				t,
				func() bool { return apeach.status(r.url()) == "" },
				func() string { return fmt.Sprintf("%s: the session is still valid at replica %d", what, i) },
			)
		}
	}
	var people struct {
		Users []struct {
			ID string `json:"id"`
		} `json:"users"`
	}
	signIn()
	r.operatorCommand(t, &people, "user", "list", "--limit", "1") // the newest is the user who has just joined
	if len(people.Users) != 1 {
		t.Fatalf("user list: %+v", people)
	}
	who := people.Users[0].ID
	var ended struct {
		Ended int `json:"ended"`
	}
	if r.operatorCommand(t, &ended, "session", "revoke", "--all", who); ended.Ended != 1 {
		t.Errorf("session revoke ended %d", ended.Ended)
	}
	out("session revoke")
	signIn()
	var changed struct {
		Changed bool `json:"changed"`
	}
	if r.operatorCommand(t, &changed, "user", "disable", who, "--reason", "test"); !changed.Changed {
		t.Error("user disable changed nothing")
	}
	out("user disable")
	if r.operatorCommand(t, &changed, "user", "enable", "id:"+who); !changed.Changed {
		t.Error("user enable changed nothing")
	}
	signIn()
	if r.operatorCommand(t, &ended, "session", "revoke", "--everybody", "--yes"); ended.Ended < 1 {
		t.Errorf("session revoke --everybody ended %d", ended.Ended)
	}
	out("session revoke --everybody")
	var log struct {
		Lines []struct {
			User, Outcome string
		} `json:"lines"`
	}
	r.operatorCommand(t, &log, "audit", "--kind", "access.user.disable", "--user", "id:"+who)
	if len(log.Lines) != 1 || log.Lines[0].User != who || log.Lines[0].Outcome != "done" {
		t.Errorf("access records: %+v", log.Lines)
	}
}
