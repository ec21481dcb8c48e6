package dav_test

import (
	"context"
	"testing"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
	"vgit/remote/remotetest"
)

// TestConformanceOfProfiles runs the suite against the likeness of every known server. What a server cannot do stands here.
func TestConformanceOfProfiles(t *testing.T) {
	t.Parallel()
	token := func(o *dav.Options) {
		o.User, o.Password = "", nil
		o.Token = func(context.Context) (string, error) { return "alice-token", nil }
	}
	tests := map[string]struct {
		limits remotetest.Limits
		change func(*dav.Options)
		kind   remote.Kind
		skip   string
	}{
		"google":          {limits: remotetest.Limits{BlindCreate: true, Rewrites: true, MakesNothing: true}, change: token},
		"google-contacts": {skip: "where a new item went shows only the next listing (P87)"},
		"fastmail":        {limits: remotetest.Limits{Rewrites: true}},
		"baikal":          {skip: "Digest is not spoken yet"},
		"fruux":           {limits: remotetest.Limits{NoDeltas: true}},
		"owncloud":        {limits: remotetest.Limits{NoDeltas: true}},
		"cyrus-old":       {limits: remotetest.Limits{NoDeltas: true}},
		"sabre-1":         {limits: remotetest.Limits{NoDeltas: true}},
		"sogo":            {limits: remotetest.Limits{Rewrites: true, BlindCreate: true, CoarseTokens: true, OwnProperties: true}},
		"synology":        {limits: remotetest.Limits{CoarseTokens: true}},
		"zimbra":          {limits: remotetest.Limits{NoDeltas: true}},
		"radicale":        {limits: remotetest.Limits{Rewrites: true}},
		"xandikos":        {limits: remotetest.Limits{Rewrites: true, OwnProperties: true}},
		"davical":         {kind: remote.Contacts, limits: remotetest.Limits{Rewrites: true}},
		"davmail":         {limits: remotetest.Limits{NoDeltas: true, Rewrites: true}},
		"posteo":          {limits: remotetest.Limits{NoDeltas: true, MakesNothing: true}},
		"yahoo":           {limits: remotetest.Limits{Rewrites: true}},
		"stalwart":        {limits: remotetest.Limits{NoDeltas: true}},
		"purelymail":      {skip: "answers from the past, by the machine's clock"},
		"mail.ru":         {limits: remotetest.Limits{Rewrites: true}},
		"robur":           {skip: "403 for what is missing is unknown, not gone"},
	}
	for _, name := range davtest.Profiles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt := tests[name]
			if tt.skip != "" {
				t.Skip(tt.skip)
			}
			profile, err := davtest.Profile(name)
			if err != nil {
				t.Fatal(err)
			}
			if tt.kind == "" {
				tt.kind = remote.Calendar
			}
			conform(t, tt.kind, tt.limits, tt.change, profile)
		})
	}
}
