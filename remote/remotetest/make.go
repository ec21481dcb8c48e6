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
	c := remote.NewCollection{ID: b.ID + "-more_Of-It", Properties: map[string]string{"displayname": "Süd und Nord"}}
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
	at := func(all []remote.Info) []remote.Info { // others may be made meanwhile
		return slices.DeleteFunc(all, func(info remote.Info) bool {
			return name(remote.Href(trimSlash(info.Href))) != name(remote.Href(trimSlash(href)))
		})
	}
	made := at(b.collections())
	if len(made) != 1 || len(at(before)) != 0 {
		b.Fatalf("Look shows %d collections at %s and showed %d before, want 1 and 0", len(made), href, len(at(before)))
	}
	info := made[0]
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
	if now := at(b.collections()); len(now) != 1 {
		b.Errorf("after making it once more there are %d of it", len(now))
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
