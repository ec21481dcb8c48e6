package dav_test

import (
	"context"
	"testing"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
)

// TestP34TextThatXMLCannotHoldIsReadByGet: a server that puts U+FFFD where a body has a byte that XML cannot hold does not change the item.
func TestP34TextThatXMLCannotHoldIsReadByGet(t *testing.T) {
	t.Parallel()
	server := davtest.New()
	server.AddUser("ada", "secret")
	want := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x\r\nSUMMARY:caf\xe9 \x08\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	server.AddCalendar("ada", "work", davtest.Props{}).Put("x.ics", []byte(want))
	url, stop := server.Start()
	defer stop()
	r := dav.New(dav.Options{URL: url, Kind: remote.Calendar, User: "ada", Auth: "basic", Password: func(context.Context) (string, error) { return "secret", nil }})
	defer r.Close()
	account, err := r.Look(context.Background(), remote.Binding{})
	if err != nil || len(account.Collections) != 1 {
		t.Fatalf("%v %v", account, err)
	}
	info := account.Collections[0]
	got := ""
	err = r.Open(info).Fetch(context.Background(), []remote.Href{info.Href + "x.ics"}, func(res remote.Resource) error {
		got = string(res.Body)
		return res.Err
	})
	if err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
}
