package davtest_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-vcard"
	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"
	"github.com/emersion/go-webdav/carddav"

	"vgit/remote/davtest"
)

// must returns a value that came without an error.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// serve starts a server with alice's calendar and address book of n items each, and a client that logs in.
func serve(t *testing.T, n int, opts ...davtest.Option) (*davtest.Server, string, webdav.HTTPClient) {
	t.Helper()
	s := davtest.New(opts...)
	s.AddUser("alice", "alicepw")
	s.AddCalendar("alice", "cal", davtest.Props{DisplayName: "Cal"}).Fill(1, n)
	s.AddAddressBook("alice", "card", davtest.Props{DisplayName: "Card"}).Fill(1, n)
	url, stop := s.Start()
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); stop() })
	return s, url, webdav.HTTPClientWithBasicAuth(&http.Client{Transport: transport}, "alice", "alicepw")
}

// A client by somebody else finds its way, reads, writes and deletes, wherever the server puts things.
func TestGoWebDAVCalendars(t *testing.T) {
	for name, opts := range map[string][]davtest.Option{"plain": nil, "prefix": {davtest.Prefix("/dav")}, "mixed": {davtest.MixedHome(true)}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			s, url, login := serve(t, 12, opts...)
			c := must(caldav.NewClient(login, url))(t)
			me := must(c.FindCurrentUserPrincipal(ctx))(t)
			home := must(c.FindCalendarHomeSet(ctx, me))(t)
			calendars := must(c.FindCalendars(ctx, home))(t)
			if len(calendars) != 1 || calendars[0].Name != "Cal" || calendars[0].Path != s.Collection("alice", "cal").Path() {
				t.Fatalf("%+v", calendars)
			}
			path := calendars[0].Path
			infos := must(c.ReadDir(ctx, path, false))(t)
			var paths []string
			for _, i := range infos {
				if !i.IsDir {
					paths = append(paths, i.Path)
				}
			}
			all := caldav.CalendarCompRequest{Name: "VCALENDAR", AllProps: true, AllComps: true}
			objects := must(c.MultiGetCalendar(ctx, path, &caldav.CalendarMultiGet{Paths: paths, CompRequest: all}))(t)
			if len(objects) != 12 || objects[3].ETag != strings.Trim(s.Collection("alice", "cal").ETag(paths[3]), `"`) {
				t.Fatalf("%d objects, %+v", len(objects), objects[3])
			}
			found := must(c.QueryCalendar(ctx, path, &caldav.CalendarQuery{CompRequest: all, CompFilter: caldav.CompFilter{Name: "VCALENDAR",
				Comps: []caldav.CompFilter{{Name: "VEVENT", Start: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}}}}))(t)
			if len(found) != 12 {
				t.Errorf("%d objects by query", len(found))
			}
			cal := objects[0].Data
			cal.Children[len(cal.Children)-1].Props.SetText(ical.PropUID, "new")
			put := must(c.PutCalendarObject(ctx, path+"new.ics", cal))(t)
			got := must(c.GetCalendarObject(ctx, path+"new.ics"))(t)
			if put.ETag == "" || got.ETag != put.ETag {
				t.Errorf("etags %q and %q", put.ETag, got.ETag)
			}
			if err := c.RemoveAll(ctx, path+"new.ics"); err != nil {
				t.Error(err)
			}
			if n := s.Collection("alice", "cal").Len(); n != 12 {
				t.Errorf("%d items", n)
			}
		})
	}
}

func TestGoWebDAVAddressBooks(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, url, login := serve(t, 7)
	c := must(carddav.NewClient(login, url))(t)
	home := must(c.FindAddressBookHomeSet(ctx, must(c.FindCurrentUserPrincipal(ctx))(t)))(t)
	books := must(c.FindAddressBooks(ctx, home))(t)
	if len(books) != 1 || books[0].Name != "Card" {
		t.Fatalf("%+v", books)
	}
	path := books[0].Path
	first := must(c.SyncCollection(ctx, path, &carddav.SyncQuery{DataRequest: carddav.AddressDataRequest{AllProp: true}}))(t)
	if len(first.Updated) != 7 || first.SyncToken != s.Collection("alice", "card").Token() {
		t.Fatalf("%d, %q", len(first.Updated), first.SyncToken)
	}
	var paths []string
	for _, u := range first.Updated {
		paths = append(paths, u.Path)
	}
	cards := must(c.MultiGetAddressBook(ctx, path, &carddav.AddressBookMultiGet{Paths: paths, DataRequest: carddav.AddressDataRequest{AllProp: true}}))(t)
	if len(cards) != 7 {
		t.Fatalf("%d cards", len(cards))
	}
	card := cards[0].Card
	card.SetValue(vcard.FieldUID, "new")
	must(c.PutAddressObject(ctx, path+"new.vcf", card))(t)
	if err := c.RemoveAll(ctx, paths[0]); err != nil {
		t.Error(err)
	}
	next := must(c.SyncCollection(ctx, path, &carddav.SyncQuery{SyncToken: first.SyncToken}))(t)
	if len(next.Updated) != 1 || next.Updated[0].Path != path+"new.vcf" || !slices.Equal(next.Deleted, paths[:1]) {
		t.Errorf("%+v", next)
	}
}
