package dav_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"

	"vgit/remote"
	"vgit/remote/remotetest"
)

// memory is a caldav.Backend with one calendar, /alice/calendars/cal/. It serves a peer that other people wrote from the same RFCs.
type memory struct {
	mu      sync.Mutex
	objects map[string]caldav.CalendarObject
}

const calendarPath = "/alice/calendars/cal/"

func (m *memory) CurrentUserPrincipal(context.Context) (string, error) { return "/alice/", nil }

func (m *memory) CalendarHomeSetPath(context.Context) (string, error) {
	return "/alice/calendars/", nil
}

func (m *memory) CreateCalendar(context.Context, *caldav.Calendar) error {
	return errors.New("not here")
}

func (m *memory) ListCalendars(context.Context) ([]caldav.Calendar, error) {
	return []caldav.Calendar{{Path: calendarPath, Name: "Calendar", SupportedComponentSet: []string{"VEVENT"}}}, nil
}

func (m *memory) GetCalendar(_ context.Context, path string) (*caldav.Calendar, error) {
	if path != calendarPath {
		return nil, webdav.NewHTTPError(http.StatusNotFound, errors.New("no such calendar"))
	}
	return &caldav.Calendar{Path: calendarPath, Name: "Calendar"}, nil
}

func (m *memory) GetCalendarObject(_ context.Context, path string, _ *caldav.CalendarCompRequest) (*caldav.CalendarObject, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[path]
	if !ok {
		return nil, webdav.NewHTTPError(http.StatusNotFound, errors.New("no such object"))
	}
	return &o, nil
}

func (m *memory) ListCalendarObjects(context.Context, string, *caldav.CalendarCompRequest) ([]caldav.CalendarObject, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []caldav.CalendarObject
	for _, o := range m.objects {
		list = append(list, o)
	}
	return list, nil
}

func (m *memory) QueryCalendarObjects(ctx context.Context, path string, _ *caldav.CalendarQuery) ([]caldav.CalendarObject, error) {
	return m.ListCalendarObjects(ctx, path, nil)
}

func (m *memory) PutCalendarObject(_ context.Context, path string, c *ical.Calendar, opts *caldav.PutCalendarObjectOptions) (*caldav.CalendarObject, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	old, there := m.objects[path]
	failed := webdav.NewHTTPError(http.StatusPreconditionFailed, errors.New("precondition failed"))
	if opts.IfNoneMatch.IsSet() && there {
		return nil, failed
	}
	if ok, err := opts.IfMatch.MatchETag(old.ETag); opts.IfMatch.IsSet() && (!ok || err != nil) {
		return nil, failed
	}
	o, err := object(path, c)
	if err != nil {
		return nil, err
	}
	m.objects[path] = o
	return &o, nil
}

func (m *memory) DeleteCalendarObject(_ context.Context, path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objects[path]; !ok {
		return webdav.NewHTTPError(http.StatusNotFound, errors.New("no such object"))
	}
	delete(m.objects, path)
	return nil
}

func object(path string, c *ical.Calendar) (caldav.CalendarObject, error) {
	var b bytes.Buffer
	if err := ical.NewEncoder(&b).Encode(c); err != nil {
		return caldav.CalendarObject{}, err
	}
	return caldav.CalendarObject{Path: path, ModTime: time.Unix(0, 0), ContentLength: int64(b.Len()), ETag: fmt.Sprintf("%x", sha256.Sum256(b.Bytes())), Data: c}, nil
}

// Put, Delete, Get and Len are the second client of the suite.
func (m *memory) Put(h remote.Href, body []byte) {
	c, err := ical.NewDecoder(bytes.NewReader(body)).Decode()
	if err != nil {
		panic(err)
	}
	o, err := object(string(h), c)
	if err != nil {
		panic(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[string(h)] = o
}

func (m *memory) Delete(h remote.Href) { _ = m.DeleteCalendarObject(context.Background(), string(h)) }

func (m *memory) Get(h remote.Href) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[string(h)]
	if !ok {
		return nil, false
	}
	var b bytes.Buffer
	err := ical.NewEncoder(&b).Encode(o.Data)
	return b.Bytes(), err == nil
}

func (m *memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.objects)
}

// TestInterop runs the suite against go-webdav's handler: a second reading of the RFCs, without sync-collection, that rewrites
// every body and ignores If-Match on DELETE.
func TestInterop(t *testing.T) {
	t.Parallel()
	remotetest.Run(t, func(t *testing.T) remotetest.Fixture {
		m := &memory{objects: map[string]caldav.CalendarObject{}}
		var requests atomic.Int64
		handler := &caldav.Handler{Backend: m}
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			handler.ServeHTTP(w, r)
		}))
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // the handler answers some errors twice
		s.Start()
		t.Cleanup(s.Close)
		return remotetest.Fixture{
			Remote: struct{ remote.Remote }{account{url: s.URL}.remote(t, remote.Calendar)}, // memory makes no calendars
			Kind:   remote.Calendar, ID: "cal", Other: m,
			Limits:   remotetest.Limits{Rewrites: true, NoDeltas: true, BlindDelete: true, MoreForNothing: true, OwnProperties: true},
			Requests: func() int { return int(requests.Load()) },
		}
	})
}
