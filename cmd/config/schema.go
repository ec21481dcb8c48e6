package config

import "time"

// key is one row of the schema.
type key struct {
	name  string
	reads reads
	def   any      // the default, of the type that reads returns; nil: none
	later bool     // this version honours the default only
	types []string // the types of remotes that know the key; nil: all
	meant string   // the key that a value of the wrong type was probably meant for
	shown string   // how the default is shown, where its value is not telling
}

// reads reads the value of a key. It reports what is wrong and then returns false.
type reads interface {
	read(r *reader, at place, n *node) (any, bool)
}

// place names a key in messages.
type place struct {
	full string // "remote.nextcloud.url"
	name string // "url"
}

// Types of remotes. Only those in builtTypes can be used; the others are known, so that a file for a later version is understood.
var (
	builtTypes  = []string{string(CalDAV), string(CardDAV)}
	remoteTypes = []string{"caldav", "carddav", "google-calendar", "google-contacts", "webcal", "file", "vdir"}

	davTypes      = builtTypes
	googleTypes   = []string{"google-calendar", "google-contacts"}
	fileTypes     = []string{"file", "vdir"}
	webTypes      = []string{"caldav", "carddav", "webcal"}
	calendarTypes = []string{"caldav", "google-calendar", "webcal", "file", "vdir"}
)

var (
	program    = words{}
	hook       = runnable{}
	percentage = limits{percent: 100}
	yesNo      = boolean{}
	public     = sourceReader{}
	private    = sourceReader{secret: true}
)

// topKeys are the tables of the file.
var topKeys = []string{"sync", "network", "guard", "watch", "vdir", "remote"}

var syncKeys = []key{
	{name: "parallel", reads: count{1, 64}, def: 8},
	{name: "wait", reads: span{}, def: time.Duration(0)},
	{name: "full_listing", reads: span{}, def: 7 * 24 * time.Hour},
	{name: "strict_permissions", reads: yesNo, def: false},
	{name: "before_sync", reads: hook, def: []string{}},
	{name: "after_sync", reads: hook, def: []string{}},
	{name: "notify", reads: hook, def: []string{}},
	{name: "hook_timeout", reads: span{least: time.Millisecond}, def: 5 * time.Minute},
}

// networkKeys may also stand in a remote.
var networkKeys = []key{
	{name: "timeout", reads: span{least: time.Millisecond}, def: 30 * time.Second},
	{name: "connections", reads: count{1, 64}, def: 4},
	{name: "retries", reads: count{0, 20}, def: 4},
	{name: "proxy", reads: proxy{}, def: Value{}},
	{name: "user_agent", reads: agent{}, def: Value{}, shown: "vgit/VERSION"},
}

var guardKeys = []key{
	{name: "push_deletions", reads: percentage, def: limit{"least": 5, "percent": 10, "most": 50}},
	{name: "push_changes", reads: percentage, def: limit{"least": 20, "percent": 30, "most": 0}},
	{name: "pull_deletions", reads: percentage, def: limit{"least": 10, "percent": 25, "most": 500}},
	{name: "pull_changes", reads: percentage, def: limit{"least": 20, "percent": 50, "most": 0}},
	{name: "pull_rollback", reads: percentage, def: limit{"least": 5, "percent": 5, "most": 0}},
	{name: "additions", reads: limits{percent: 100000}, def: limit{"least": 1000, "percent": 300, "most": 0}}, // a collection can grow to more than its double
	{name: "attendees", reads: percentage, def: limit{"least": 3, "percent": 0, "most": 0}},
}

var watchKeys = []key{
	{name: "every", reads: span{}, def: 15 * time.Minute, later: true},
	{name: "quiet", reads: span{}, def: 3 * time.Second, later: true},
}

var allMetadata = []string{"color", "displayname", "description", "order"}

var vdirKeys = []key{
	{name: "path", reads: directory{}},
	{name: "kind", reads: choice{all: []string{"calendar", "contacts"}}},
	{name: "layout", reads: choice{all: []string{"collections", "single"}}, def: "collections"},
	{name: "extension", reads: extension{}},
	{name: "remotes", reads: words{}, def: []string{}},
	{name: "conflict", reads: conflicts{}, def: way{word: string(ConflictAsk)}},
	{name: "conflict_command", reads: settler{}, def: []string{}},
	{name: "conflict_terminal", reads: yesNo, def: false},
	{name: "conflict_timeout", reads: span{least: time.Millisecond}, def: 10 * time.Minute},
	{name: "addresses", reads: words{}, def: []string{}},
	{name: "metadata", reads: subset{allMetadata}, def: allMetadata},
	{name: "directory_names", reads: choice{all: []string{"displayname", "id"}}, def: "displayname"},
	{name: "ignore", reads: globs{}, def: []string{}},
	{name: "after_write", reads: hook, def: []string{}},
	{name: "before_delete", reads: hook, def: []string{}},
	{name: "guard", reads: guards{}, def: limitRows{}},
}

// remoteKeys are the keys of every type of remote; those of networkKeys are added.
var remoteKeys = append([]key{
	{name: "type", reads: choice{all: remoteTypes}},
	{name: "like", reads: text{}, def: ""},
	{name: "url", reads: address{}, types: webTypes},
	{name: "username", reads: public, def: Value{}, types: webTypes},
	{name: "password", reads: private, def: Value{}, types: webTypes},
	{name: "auth", reads: choice{all: []string{"auto", "basic", "digest", "bearer", "oauth2"}, built: []string{"auto", "basic", "digest", "bearer"}},
		def: "auto", types: webTypes},
	{name: "token", reads: private, def: Value{}, types: webTypes},
	{name: "tls_verify", reads: yesNo, def: true, meant: "tls_ca"},
	{name: "tls_fingerprint", reads: pins{}, def: []string{}},
	{name: "tls_ca", reads: document{}, def: ""},
	{name: "tls_system_ca", reads: yesNo, def: true},
	{name: "tls_client_cert", reads: document{}, def: ""},
	{name: "tls_client_key", reads: document{}, def: ""},
	{name: "socket", reads: document{}, def: "", types: webTypes},
	{name: "origins", reads: origins{}, def: []string{}, types: webTypes},
	{name: "http2", reads: yesNo, def: true},
	{name: "insecure_http", reads: yesNo, def: false},
	{name: "weak_etag", reads: choice{all: []string{"check", "refuse"}}, def: "check", types: davTypes},
	{name: "collections", reads: selections{}, def: Selection{List: []string{"*"}}},
	{name: "create", reads: choice{all: []string{"ask", "yes", "no"}}, def: "ask"},
	{name: "direction", reads: choice{all: []string{"both", "pull", "push"}}, def: "both"},
	{name: "one_way_edits", reads: choice{all: []string{"keep", "revert", "hold"}}, def: "keep"},
	{name: "pull_deletions", reads: yesNo, def: true},
	{name: "push_deletions", reads: yesNo, def: true},
	{name: "components", reads: subset{allComponents}, def: []string{}, types: calendarTypes},
	{name: "since", reads: moment{}, def: Moment{}, types: calendarTypes},
	{name: "until", reads: moment{}, def: Moment{}, types: calendarTypes},
	{name: "vcard", reads: choice{all: []string{"keep", "3.0", "4.0"}}, def: "keep", later: true, types: davTypes},
	{name: "conflict", reads: conflicts{empty: true}, def: way{}},
	{name: "schedule_reply", reads: yesNo, def: true, types: calendarTypes},
	{name: "guard", reads: guards{}, def: limitRows{}},
	{name: "oauth", reads: anything{}, later: true},
	{name: "token_file", reads: anything{}, later: true, types: googleTypes},
	{name: "client_id", reads: anything{}, later: true, types: googleTypes},
	{name: "client_secret", reads: anything{}, later: true, types: googleTypes},
	{name: "redirect_port", reads: count{0, 65535}, def: 0, later: true, types: googleTypes},
	{name: "filter", reads: program, def: []string{}, later: true, types: []string{"webcal"}},
	{name: "path", reads: text{}, later: true, types: fileTypes},
	{name: "layout", reads: choice{all: []string{"collections", "single"}}, def: "collections", later: true, types: []string{"vdir"}},
}, networkKeys...)

// names lists the names of keys.
func names(keys []key) []string {
	all := make([]string, len(keys))
	for i, k := range keys {
		all[i] = k.name
	}
	return all
}

// lookup finds a row.
func lookup(keys []key, name string) *key {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}
