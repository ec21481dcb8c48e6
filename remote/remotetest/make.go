package remotetest

import (
	"errors"
	"slices"

	"vgit/remote"
)

func makeCollection(b *bench) {
	maker, ok := b.Remote.(remote.Maker)
	if !ok {
		b.Skip("this remote makes no collections")
	}
	before := b.collections()
	c := remote.NewCollection{ID: b.ID + "-more_Of-It", Properties: map[string]string{"displayname": "A < B & \"C\" é"}}
	if b.Kind == remote.Calendar {
		c.Components = []string{"VEVENT"}
	}
	href, err := maker.Make(b.ctx, b.binding, c)
	if b.Limits.MakesNothing {
		var no *remote.Refused
		if !errors.As(err, &no) || len(b.collections()) != len(before) {
			b.Errorf("Make: %v, want a refusal and nothing new", err)
		}
		return
	}
	if err != nil {
		b.Fatalf("Make: %v", err)
	}
	var made []remote.Info
	for _, info := range b.collections() {
		if !slices.ContainsFunc(before, func(old remote.Info) bool { return old.Href == info.Href }) {
			made = append(made, info)
		}
	}
	if len(made) != 1 {
		b.Fatalf("Look shows %d collections more, want 1", len(made))
	}
	info := made[0]
	if name(remote.Href(trimSlash(info.Href))) != name(remote.Href(trimSlash(href))) {
		b.Errorf("Make says %s, Look shows %s", href, info.Href)
	}
	if info.ID != c.ID && !b.Limits.NamesItself {
		b.Errorf("the id is %q, want %q", info.ID, c.ID)
	}
	if info.Kind != b.Kind || info.ReadOnly {
		b.Errorf("kind %q, read-only %t", info.Kind, info.ReadOnly)
	}
	if info.Name != c.Properties["displayname"] && info.Name != "" && info.Name != info.ID {
		b.Errorf("the display name is %q", info.Name)
	}
	coll := b.Remote.Open(info)
	if _, err := coll.Put(b.ctx, coll.NewHref("first"), remote.Precondition{Absent: true}, b.body("first", "the first item")); err != nil {
		b.Errorf("Put into it: %v", err)
	}
	if b.Limits.NamesItself {
		return
	}
	_, err = maker.Make(b.ctx, b.binding, c)
	b.refused(err, remote.ErrExists)
	if now := b.collections(); len(now) != len(before)+1 {
		b.Errorf("after making it once more there are %d collections, want %d", len(now), len(before)+1)
	}
}

func (b *bench) collections() []remote.Info {
	b.Helper()
	acc, err := b.Remote.Look(b.ctx, b.binding)
	if err != nil {
		b.Fatalf("Look: %v", err)
	}
	return acc.Collections
}

func trimSlash(h remote.Href) string {
	s := string(h)
	for len(s) > 1 && s[len(s)-1] == '/' {
		s = s[:len(s)-1]
	}
	return s
}
