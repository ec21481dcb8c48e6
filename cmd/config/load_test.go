package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// vars makes an environment whose home is a directory of the test.
func vars(t testing.TB, pairs ...string) func(string) string {
	home := filepath.Join(t.TempDir(), "home")
	all := map[string]string{"HOME": home}
	for i := 0; i+1 < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return all[name] }
}

// file writes a configuration that only its owner can read.
func file(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load loads a sound configuration.
func load(t testing.TB, text string, pairs ...string) *Config {
	t.Helper()
	c, err := Load(file(t, text), vars(t, pairs...))
	if err != nil {
		t.Fatalf("Load:\n%v", err)
	}
	return c
}

const (
	vdirA = "[vdir.a]\nkind = 'calendar'\nremotes = ['b']\n"
	// sound is a vdir and a remote, to which a test adds lines of the remote. They begin with line 8.
	sound = vdirA + "[remote.b]\ntype = 'caldav'\nurl = 'https://c.example/'\n\n"
)

// TestBadFiles has one row for each mistake, with the whole message.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"V53 unknown table":              {"[bogus]\nx = 1\n", `config.toml:1: unknown table "bogus"`},
		"misspelt table":                 {"\n[remotes.x]\n", `config.toml:2: unknown table "remotes" (did you mean "remote"?)`},
		"table of vdirsyncer":            {"[pair.x]\na = 'b'\n", `config.toml:1: unknown table "pair" (did you mean "vdir"?)`},
		"key above all tables":           {"kind = 'calendar'\n", `config.toml:1: "kind" belongs below a line like [vdir.NAME]`},
		"unknown key above":              {"zzz = 1\n", `config.toml:1: unknown key "zzz"`},
		"not a table":                    {"sync = 3\n", `config.toml:1: "sync": expected a table`},
		"list of vdirs":                  {"[[vdir]]\nkind = 'calendar'\n", `config.toml:1: "vdir": expected a table`},
		"vdir is a value":                {"vdir.x = 3\n", `config.toml:1: "x": expected a table, [vdir.NAME]`},
		"misspelt key":                   {sound + "colections = ['*']\n", `config.toml:8: unknown key "colections" (did you mean "collections"?)`},
		"V30 collection":                 {sound + "collection = 'x'\n", `config.toml:8: unknown key "collection" (did you mean "collections"?)`},
		"key of another table":           {sound + "before_sync = ['x']\n", `config.toml:8: "before_sync" belongs below a line like [sync]`},
		"case of a key":                  {sound + "HTTP2 = true\n", `config.toml:8: unknown key "HTTP2" (did you mean "http2"?)`},
		"key of vdirsyncer":              {sound + "item_types = ['VEVENT']\n", `config.toml:8: unknown key "item_types" (did you mean "components"?)`},
		"key with an escape":             {sound + "\"a\\u001b[31m\" = 1\n", `config.toml:8: unknown key "a\x1b[31m"`},
		"S21 empty pin":                  {sound + "tls_fingerprint = ''\n", `config.toml:8: "tls_fingerprint": is empty; leave the key out, or write the fingerprint that vgit check shows`},
		"S21 no pin":                     {sound + "tls_fingerprint = [\n'ab:cd']\n", `config.toml:9: "tls_fingerprint": expected the MD5, SHA-1 or SHA-256 of the server's certificate: 32, 40 or 64 hex digits`},
		"S21 wrong label":                {sound + "tls_fingerprint = 'SHA1 Fingerprint=" + strings.Repeat("ab:", 31) + "ab'\n", `config.toml:8: "tls_fingerprint": the line says SHA1 Fingerprint, and has the 64 digits of SHA256`},
		"no authority":                   {sound + "tls_system_ca = false\n", `config.toml:8: "tls_system_ca" = false leaves no authority; set tls_ca`},
		"key without certificate":        {sound + "tls_client_key = 'k'\n", `config.toml:8: "tls_client_key" is used with tls_client_cert only`},
		"socket without a URL":           {strings.Replace(sound, "https://c.example/", "c.example", 1) + "socket = '/run/x'\n", `config.toml:6: "url": with a socket the address begins with http:// or https://, such as "http://localhost/"`},
		"fingerprint of vdirsyncer":      {sound + "verify_fingerprint = 'x'\n", `config.toml:8: unknown key "verify_fingerprint" (did you mean "tls_fingerprint"?)`},
		"certificate of vdirsyncer":      {sound + "auth_cert = 'x'\n", `config.toml:8: unknown key "auth_cert" (did you mean "tls_client_cert"?)`},
		"V41 tls_verify":                 {sound + "tls_verify = 'ca.pem'\n", `config.toml:8: "tls_verify": expected true or false (did you mean "tls_ca"?)`},
		"V40 auth guess":                 {sound + "auth = 'guess'\n", `config.toml:8: "auth": "guess" is not one of "auto", "basic", "digest", "bearer", "oauth2" (did you mean "auto"?)`},
		"V40 no password":                {sound + "username = 'ada'\n", `config.toml:8: [remote.b] has a "username" without a "password"`},
		"V40 no name":                    {sound + "password = 'x'\n", `config.toml:8: [remote.b] has a "password" without a "username"`},
		"bearer without token":           {sound + "auth = 'bearer'\n", `config.toml:8: [remote.b] has auth = "bearer" without a "token"`},
		"token without bearer":           {sound + "token = 'x'\n", `config.toml:8: "token" is used with auth = "bearer" only`},
		"V10 conflict":                   {"[vdir.a]\nkind = 'calendar'\nconflict = 'yolo'\n", `config.toml:3: "conflict": "yolo" is not one of "ask", "local", "remote", "newer", "command", "both"`},
		"a remote called here":           {"[remote.here]\ntype = 'caldav'\nurl = 'https://c.example/'\n", `config.toml:1: "here" is no name for a remote: vgit log says it of what was edited in the vdir`},
		"V60 create":                     {sound + "create = 'invalid'\n", `config.toml:8: "create": "invalid" is not one of "ask", "yes", "no"`},
		"V57 collections":                {sound + "collections = [\n 1]\n", `config.toml:9: "collections": expected a string`},
		"collections a string":           {sound + "collections = 'x'\n", `config.toml:8: "collections": expected a list or a table; write [ ] around it`},
		"collections a number":           {sound + "collections = 5\n", `config.toml:8: "collections": expected a list of patterns or a table { NAME = ID }`},
		"bad pattern":                    {sound + "collections = ['[a']\n", `config.toml:8: "collections": "[a" is no valid pattern`},
		"empty pattern":                  {sound + "collections = ['!']\n", `config.toml:8: "collections": "!" names nothing`},
		"address in a list":              {sound + "collections = ['/dav/x/']\n", `config.toml:8: "collections": an address does not go in a list but in a table, { NAME = ADDRESS }`},
		"V59 one id twice":               {sound + "collections = { a = 'x', b = 'x' }\n", `config.toml:8: "collections": "b" is the collection of "a" already`},
		"V59 in two spellings":           {sound + "collections = { a = '/d/%41', b = '/d/A/' }\n", `config.toml:8: "collections": "b" is the collection of "a" already`},
		"directory with a slash":         {sound + "collections = { 'a/b' = 'x' }\n", `config.toml:8: "collections": "a/b" cannot be the name of a directory here`},
		"S4 directory of git":            {sound + "collections = { Objects = 'x' }\n", `config.toml:8: "collections": "Objects" cannot be the name of a directory here`},
		"directory and a dot at the end": {sound + "collections = { 'a.' = 'x' }\n", `config.toml:8: "collections": "a." cannot be the name of a directory here`},
		"directory with a dot":           {sound + "collections = { '.git' = 'x' }\n", `config.toml:8: "collections": ".git" cannot be the name of a directory here`},
		"table of numbers":               {sound + "collections = { a = 1 }\n", `config.toml:8: "collections": "a": expected a string`},
		"half an address":                {sound + "collections = { a = 'webdav://x/' }\n", `config.toml:8: "collections": "a" needs an address like https://cloud.example.org/dav/calendars/ada/work/`},
		"rest under a name":              {sound + "collections = { a = '*' }\n", `config.toml:8: "collections": "a" needs an id, a path, an address or "."`},
		"V56 name of a remote":           {"[remote.'foo/bar']\ntype = 'caldav'\nurl = 'a.example'\n", `config.toml:1: "foo/bar" is no valid name: a name begins with a small letter or digit and has small letters, digits, - and _ only, 40 at most`},
		"S7 lock":                        {"[vdir.'x.lock']\nkind = 'calendar'\n", `config.toml:1: "x.lock" is no valid name: a name begins with a small letter or digit and has small letters, digits, - and _ only, 40 at most`},
		"V58 vdir twice":                 {"[vdir.x]\nkind = 'calendar'\n\n[vdir.x]\nkind = 'contacts'\n", `config.toml:4: "vdir.x" is already there in line 1`},
		"V58 key twice":                  {"[sync]\nwait = '1s'\nwait = '2s'\n", `config.toml:3: "wait" is already there in line 2`},
		"duration without unit":          {"[network]\ntimeout = '30'\n", `config.toml:2: "timeout": "30" has no unit (write it like "30s", "5m", "12h" or "7d")`},
		"duration as a number":           {"[network]\ntimeout = 30\n", `config.toml:2: "timeout": "30" has no unit (write it like "30s", "5m", "12h" or "7d")`},
		"no duration":                    {"[network]\ntimeout = 'soon'\n", `config.toml:2: "timeout": "soon" is no length of time (write it like "30s", "5m", "12h" or "7d")`},
		"P100 timeout zero":              {"[network]\ntimeout = '0s'\n", `config.toml:2: "timeout": must not be zero`},
		"count too small":                {"[sync]\nparallel = 0\n", `config.toml:2: "parallel": expected a number from 1 to 64`},
		"count as text":                  {"[sync]\nparallel = '8'\n", `config.toml:2: "parallel": expected a whole number`},
		"count with a fraction":          {"[sync]\nparallel = 1.5\n", `config.toml:2: "parallel": expected a whole number`},
		"percentage":                     {"[guard]\npush_changes = { least = 20, percent = 101 }\n", `config.toml:2: "percent": expected a number from 0 to 100`},
		"unknown limit":                  {"[guard]\npush_changes = { leest = 20, percent = 30 }\n", "config.toml:2: unknown key \"leest\" (did you mean \"least\"?)"},
		"guard of a vdir":                {"[vdir.a]\nkind = 'calendar'\n[vdir.a.guard]\npush_change = { least = 1 }\n", "config.toml:4: unknown key \"push_change\" (did you mean \"push_changes\"?)"},
		"limit as a number":              {sound + "[remote.b.guard]\nattendees = 5\n", `config.toml:9: "attendees": expected a table`},
		"limit below nothing":            {"[guard]\nattendees = { least = -1 }\n", `config.toml:2: "least": expected a number from 0 to 1073741824`},
		"watch not built":                {"[watch]\nevery = '1h'\n", `config.toml:2: "every" is not built yet in this version`},
		"A8 one_way_edits":               {sound + "one_way_edits = 'drop'\n", `config.toml:8: "one_way_edits": "drop" is not one of "keep", "revert", "hold"`},
		"A8 deletions of the guard":      {sound + "push_deletions = { least = 5 }\n", `config.toml:8: "push_deletions": expected true or false`},
		"A8 components":                  {sound + "components = ['VEVENT', 'VTOD']\n", `config.toml:8: "components": "VTOD" is not one of "VEVENT", "VTODO", "VJOURNAL"`},
		"A8 component twice":             {sound + "components = ['VTODO',\n 'VTODO']\n", `config.toml:9: "components": "VTODO" stands there twice`},
		"A8 components as text":          {sound + "components = 'VTODO'\n", `config.toml:8: "components": expected a list of strings; write [ ] around it`},
		"A8 components of contacts":      {"[remote.b]\ntype = 'carddav'\nurl = 'https://c.example/'\ncomponents = ['VEVENT']\n", `config.toml:4: "components" is no key of the type "carddav", but of "caldav", "google-calendar", "webcal", "file" or "vdir"`},
		"T25 code in since":              {sound + "since = 'datetime.now() - timedelta(days=30)'\n", `config.toml:8: "since": "datetime.now() - timedelta(days=30)" is no day (write it like "2026-01-31", or from today like "-90d", "-2w" or "+1y")`},
		"A8 since without a unit":        {sound + "since = '-90'\n", `config.toml:8: "since": "-90" is no day (write it like "2026-01-31", or from today like "-90d", "-2w" or "+1y")`},
		"A8 no such day":                 {sound + "until = '2026-02-30'\n", `config.toml:8: "until": "2026-02-30" is no day (write it like "2026-01-31", or from today like "-90d", "-2w" or "+1y")`},
		"A8 window that is empty":        {sound + "since = '+1y'\nuntil = '90d'\n", `config.toml:9: until = "90d" is not after since = "+1y", so that no event is left`},
		"direction wrong":                {sound + "direction = 'pul'\n", `config.toml:8: "direction": "pul" is not one of "both", "pull", "push" (did you mean "pull"?)`},
		"conflict without a program":     {"[vdir.a]\nkind = 'calendar'\nconflict = 'command'\n", `config.toml:3: conflict = "command" without a "conflict_command" in [vdir.a]`},
		"the same in a remote":           {sound + "conflict = 'command'\n", `config.toml:8: conflict = "command" without a "conflict_command" in [vdir.a]`},
		"conflict file misspelt":         {"[vdir.a]\nkind = 'calendar'\nconflict_command = ['x', '{locale}']\n", `config.toml:3: "conflict_command": "{locale}" is no file of a conflict; there are {base}, {local}, {remote}, {output} (did you mean "{local}"?)`},
		"conflict with half the files":   {"[vdir.a]\nkind = 'calendar'\nconflict = { command = ['x', '{base}'] }\n", `config.toml:3: "conflict": without {output} the result is what {local} and {remote} both hold in the end; name both, or none of the files`},
		"conflict program is a file":     {"[vdir.a]\nkind = 'calendar'\nconflict_command = ['{local}', '{remote}']\n", `config.toml:3: "conflict_command": the first word is no program`},
		"conflict with an empty table":   {"[vdir.a]\nkind = 'calendar'\nconflict = {}\n", `config.toml:3: "conflict": the table is empty; write { command = ["PROGRAM"] }`},
		"conflict with an empty program": {"[vdir.a]\nkind = 'calendar'\nconflict = { command = [] }\n", `config.toml:3: "conflict": the command is empty`},
		"conflict with another table":    {"[vdir.a]\nkind = 'calendar'\nconflict = { comand = ['x'] }\n", `config.toml:3: unknown key "comand" (did you mean "command"?)`},
		"conflict command as text":       {"[vdir.a]\nkind = 'calendar'\nconflict = { command = 'x' }\n", `config.toml:3: "conflict": expected a list of strings; write [ ] around it`},
		"conflict empty in a vdir":       {"[vdir.a]\nkind = 'calendar'\nconflict = ''\n", `config.toml:3: "conflict": "" is not one of "ask", "local", "remote", "newer", "command", "both"`},
		"auth not built":                 {sound + "auth = 'oauth2'\n", `config.toml:8: auth = "oauth2" is not built yet in this version`},
		"hook without a program":         {"[sync]\nbefore_sync = ['', 'x']\n", `config.toml:2: "before_sync": the first word is no program`},
		"hook without time":              {"[sync]\nhook_timeout = '0s'\n", `config.toml:2: "hook_timeout": must not be zero`},
		"hook as text":                   {"[sync]\nbefore_sync = 'x'\n", `config.toml:2: "before_sync": expected a list of strings; write [ ] around it`},
		"A8 metadata twice":              {"[vdir.a]\nkind = 'calendar'\nmetadata = ['color',\n 'color']\n", `config.toml:4: "metadata": "color" stands there twice`},
		"metadata wrong":                 {"[vdir.a]\nkind = 'calendar'\nmetadata = ['colour']\n", `config.toml:3: "metadata": "colour" is not one of "color", "displayname", "description", "order" (did you mean "color"?)`},
		"type not built":                 {"[vdir.a]\nkind = 'calendar'\nremotes = ['b']\n[remote.b]\ntype = 'webcal'\nurl = 'webcal://x.example/a.ics'\nfilter = ['x']\n", `config.toml:5: type = "webcal" is not built yet in this version`},
		"type wrong":                     {"[remote.b]\ntype = 'caldev'\nurl = 'x.example'\n", `config.toml:2: "type": "caldev" is not one of "caldav", "carddav", "google-calendar", "google-contacts", "webcal", "file", "vdir" (did you mean "caldav"?)`},
		"no type":                        {"[remote.b]\nurl = 'x.example'\n", `config.toml:1: [remote.b] has no "type"; it is "caldav" or "carddav"`},
		"key of another type":            {sound + "token_file = 'x'\n", `config.toml:8: "token_file" is no key of the type "caldav", but of "google-calendar" or "google-contacts"`},
		"no kind":                        {"[vdir.a]\n", `config.toml:1: [vdir.a] has no "kind"; it is "calendar" or "contacts"`},
		"kind wrong":                     {"[vdir.a]\nkind = 'contact'\n", `config.toml:2: "kind": "contact" is not "calendar" or "contacts" (did you mean "contacts"?)`},
		"kind does not fit":              {strings.Replace(sound, "caldav", "carddav", 1), `config.toml:3: "remotes": "b" is of type "carddav" and does not fit kind = "calendar"`},
		"V71 unknown remote":             {sound + "[remote.ccc]\nlike = 'b'\n[vdir.z]\nkind = 'calendar'\nremotes = ['ccd']\n", `config.toml:12: "remotes": there is no remote "ccd"; known: "b", "ccc" (did you mean "ccc"?)`},
		"V71 no remotes at all":          {vdirA, `config.toml:3: "remotes": there is no remote "b"; there are no remotes in this file`},
		"a remote twice":                 {strings.Replace(sound, "['b']", "['b', 'c', 'b']", 1) + "[remote.c]\nlike = 'b'\n", `config.toml:3: "remotes": "b" is there twice`},
		"remotes a string":               {strings.Replace(sound, "['b']", "'b'", 1), `config.toml:3: "remotes": expected a list of strings; write [ ] around it`},
		"like unknown":                   {sound + "like = 'bb'\n", `config.toml:8: "like": there is no remote "bb"; known: "b" (did you mean "b"?)`},
		"like itself":                    {sound + "like = 'b'\n", `config.toml:8: "like": "b" leads back to itself`},
		"no url":                         {"[remote.b]\ntype = 'caldav'\n", `config.toml:1: [remote.b] has no "url"`},
		"empty url":                      {"[remote.b]\ntype = 'caldav'\nurl = ''\n", `config.toml:1: [remote.b] has no "url"`},
		"S17 plain http":                 {strings.Replace(sound, "https", "http", 1), `config.toml:6: "url": http:// to another machine can be read on the way; use https://, or set insecure_http = true`},
		"P98 login over http":            {strings.Replace(sound, "https", "http", 1) + "insecure_http = true\nusername = 'a'\npassword = 'x'\n", `config.toml:6: "url": a password over http:// needs auth = "basic", "digest" or "bearer" beside insecure_http = true`},
		"scheme":                         {strings.Replace(sound, "https", "ftp", 1), `config.toml:6: "url": only https:// and http:// are spoken`},
		"webcal in caldav":               {strings.Replace(sound, "https", "webcal", 1), `config.toml:6: "url": only https:// and http:// are spoken`},
		"no scheme":                      {strings.Replace(sound, "https://", "", 1), `config.toml:6: "url": begins with no scheme; write https:// before it`},
		"bad url":                        {strings.Replace(sound, "c.example", "[::1", 1), `config.toml:6: "url": expected an address like https://cloud.example.org/, a host name or a mail address`},
		"origin with a path":             {sound + "origins = ['https://x.example/a']\n", `config.toml:8: "origins": expected scheme, host and port only, like "https://dav.example.org:8443"`},
		"proxy":                          {"[network]\nproxy = 'localhost'\n", `config.toml:2: "proxy": expected "", "none" or an address like "http://proxy.example.org:3128"`},
		"agent":                          {"[network]\nuser_agent = \"a\\nb\"\n", `config.toml:2: "user_agent": holds a control character`},
		"extension empty":                {"[vdir.a]\nkind = 'calendar'\nextension = ''\n", `config.toml:3: "extension": expected a dot and more, like ".ics"`},
		"ignore a path":                  {"[vdir.a]\nkind = 'calendar'\nignore = ['*~', 'a/b']\n", `config.toml:3: "ignore": "a/b" is no pattern for the name of a file`},
		"path of somebody":               {"[vdir.a]\nkind = 'calendar'\npath = '~ada/x'\n", `config.toml:3: "path": only ~/ is understood, not the home of another user`},
		"path unset":                     {"[vdir.a]\nkind = 'calendar'\npath = '$NOPE/x'\n", `config.toml:3: "path": $NOPE is not set`},
		"path empty":                     {"[vdir.a]\nkind = 'calendar'\npath = ''\n", `config.toml:3: "path": expected a path`},
		"S28 own directory":              {"[vdir.a]\nkind = 'calendar'\npath = '.'\n", `config.toml:3: "path": this configuration lies inside the vdir; move it to ~/.config/vgit`},
		"V32 path is a file":             {"[vdir.a]\nkind = 'calendar'\npath = '/dev/null'\n", `config.toml:3: "path": "/dev/null" is a file, not a directory`},
		"two equal paths":                {"[vdir.a]\nkind = 'calendar'\npath = 'x'\n[vdir.b]\nkind = 'calendar'\npath = './y/../x/'\n", `config.toml:6: "path" is that of [vdir.a] too`},
		"path inside":                    {"[vdir.a]\nkind = 'calendar'\npath = 'x'\n[vdir.b]\nkind = 'calendar'\npath = 'x/y'\n", `config.toml:6: "path" lies inside that of [vdir.a]`},
		"path around":                    {"[vdir.a]\nkind = 'calendar'\npath = 'x/y'\n[vdir.b]\nkind = 'calendar'\npath = 'x'\n", `config.toml:6: "path" holds that of [vdir.a]`},
		"single has several":             {strings.Replace(sound, "remotes", "layout = 'single'\nremotes", 1) + "collections = { a = 'x', b = 'y' }\n", `config.toml:3: "layout": a single directory is one collection, but "b" has several`},
		"source misspelt":                {sound + "password = { comand = ['x'] }\nusername = 'a'\n", `config.toml:8: unknown source "comand" (did you mean "command"?)`},
		"two sources":                    {sound + "username = { env = 'A', file = 'b' }\npassword = 'x'\n", `config.toml:8: "username": expected exactly one of "command", "shell", "prompt", "env", "file" or "keyring"`},
		"source of numbers":              {sound + "username = 5\npassword = 'x'\n", `config.toml:8: "username": expected a string or one of { command = … }, { shell = … }, { prompt = … }, { env = … }, { file = … }, { keyring = … }`},
		"empty command":                  {sound + "username = { command = [] }\npassword = 'x'\n", `config.toml:8: "username": { command = [] } names no program`},
		"S29 relative command":           {sound + "username = { command = ['./x'] }\npassword = 'x'\n", `config.toml:8: "username": the program must be an absolute path, begin with ~/, or be a plain name`},
		"command in one word":            {sound + "username = { command = ['pass x'] }\npassword = 'x'\n", `config.toml:8: "username": the program holds a blank; write one word for each argument: { command = ["pass", "name"] }`},
		"command a string":               {sound + "username = { command = 'pass' }\npassword = 'x'\n", `config.toml:8: "username": expected a list of strings; write [ ] around it`},
		"empty prompt":                   {sound + "username = { prompt = '' }\npassword = 'x'\n", `config.toml:8: "username": { prompt = … } expects a string that is not empty`},
		"env with a dollar":              {sound + "username = { env = '$A' }\npassword = 'x'\n", `config.toml:8: "username": { env = … }: expected the name of a variable, without $`},
		"S28 secret in the vdir":         {strings.Replace(sound, "kind", "path = 'v'\nkind", 1) + "username = 'a'\npassword = { file = 'v/pw' }\n", `config.toml:10: "password": the file lies inside the vdir of [vdir.a], whose history would keep it`},
		"source for a plain key":         {sound + "create = { command = ['x'] }\n", `config.toml:8: "create": a value from { command = … } is not built yet for this key in this version`},
		"T28 text without quotes":        {"[vdir.a]\nkind = calendar\n", `config.toml:2: not valid TOML: expected a value; text needs quotes: KEY = "text"`},
		"no end of a string":             {"[vdir.a]\nkind = \"calendar\n", `config.toml:2: not valid TOML: basic strings cannot have new lines`},
		"no equals sign":                 {"[vdir.a]\nkind \"calendar\"\n", `config.toml:2: not valid TOML: expected '=' after key`},
		"words after a value":            {"[sync]\nwait = '1s' x\n", `config.toml:2: not valid TOML: expected newline`},
		"words after a table":            {"[sync\n", `config.toml:1: not valid TOML: expected ']' to close table name`},
		"impossible number":              {"[sync]\n\nparallel = 99999999999999999999\n", `config.toml:3: not valid TOML`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := Load(file(t, tt.text), vars(t))
			if err == nil || c != nil {
				t.Fatalf("Load took it; want %s", tt.want)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

// TestV55AllProblemsInOneRun has mistakes of every sort in one file; they come by line.
func TestV55AllProblemsInOneRun(t *testing.T) {
	t.Parallel()
	_, err := Load(file(t, `
[sync]
paralel = 3
wait = "5"
[vdir.a]
kind = "calendar"
remotes = ["nextcloud"]
conflict = "yolo"
[remote.next]
type = "caldav"
url = "ftp://x.example/"
direction = "puch"
[bogus]
`), vars(t))
	want := []string{"3 sync.paralel", "4 sync.wait", "7 vdir.a.remotes", "8 vdir.a.conflict", "11 remote.next.url", "12 remote.next.direction", "13 bogus"}
	var got []string
	for _, p := range AsProblems(err) {
		got = append(got, strings.TrimSpace(strings.Split(p.Error(), ":")[1]+" "+p.Key))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestNoFalseProblems: one mistake gives one message, and no second one that only follows from it.
func TestNoFalseProblems(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"unreadable password": sound + "username = 'a'\npassword = 5\n",
		"unreadable auth":     sound + "auth = 'x'\ntoken = 'y'\n",
		"unreadable url":      strings.Replace(sound, "'https://c.example/'", "5", 1),
		"unreadable type":     strings.Replace(sound, "'caldav'", "'dav'", 1),
		"unreadable kind":     strings.Replace(sound, "'calendar'", "'x'", 1),
		"unreadable path":     strings.Replace(sound, "kind", "path = 5\nkind", 1),
		"unreadable remotes":  strings.Replace(sound, "['b']", "5", 1),
		"like a broken one":   sound + "auth = 'x'\n[remote.c]\nlike = 'b'\n",
		"like an unknown one": sound + "like = 'z'\n[remote.c]\nlike = 'b'\n",
	} {
		_, err := Load(file(t, text), vars(t))
		if n := len(AsProblems(err)); n != 1 {
			t.Errorf("%s: %d problems, want 1:\n%v", name, n, err)
		}
	}
}

// TestV54NoFile points to vgit init and tells callers what it is.
func TestV54NoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.toml")
	_, err := Load(path, vars(t))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load = %v, which is not fs.ErrNotExist", err)
	}
	if want := path + ": there is no such file; vgit init writes a first one"; err.Error() != want {
		t.Errorf("Load = %q, want %q", err, want)
	}
	if _, err = Load(t.TempDir(), vars(t)); err == nil || !strings.HasSuffix(err.Error(), ": cannot be read: is a directory") {
		t.Errorf("Load of a directory = %v", err)
	}
	big := file(t, "#"+strings.Repeat("x", maxFile))
	if _, err = Load(big, vars(t)); err == nil || !strings.HasSuffix(err.Error(), ": cannot be read: larger than 1 MiB") {
		t.Errorf("Load of 1 MiB = %v", err)
	}
}

// TestEmptyFiles: V54, V72: nothing to do is no mistake.
func TestEmptyFiles(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "comment": "# nothing\n", "V72 no remotes": "[vdir.a]\nkind = 'calendar'\n"} {
		if c := load(t, text); len(c.Warnings) > 0 || len(c.Remotes) > 0 {
			t.Errorf("%s: warnings %q, remotes %v", name, c.Warnings, c.Remotes)
		}
	}
}

// TestFullFile loads a file with every key at its default, and looks that it has every key.
func TestFullFile(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		t.Fatal(err)
	}
	c := load(t, string(data))
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %q", c.Warnings)
	}
	root, _ := grow(data)
	elsewhere := []string{"oauth", "token_file", "client_id", "client_secret", "redirect_port", "filter", "path", "layout"}
	for _, at := range []struct {
		keys  []key
		table *node
		not   []string
	}{
		{syncKeys, root.fields["sync"], nil}, {networkKeys, root.fields["network"], nil}, {guardKeys, root.fields["guard"], nil},
		{watchKeys, root.fields["watch"], nil}, {vdirKeys, root.fields["vdir"].fields["calendars"], nil},
		{remoteKeys, root.fields["remote"].fields["nextcloud"], elsewhere},
	} {
		for _, k := range at.keys {
			if at.table.fields[k.name] == nil && !slices.Contains(at.not, k.name) {
				t.Errorf("the file lacks %q", k.name)
			}
		}
	}
	short := load(t, "[vdir.calendars]\npath = '~/.calendars'\nkind = 'calendar'\nremotes = ['nextcloud']\n[remote.nextcloud]\ntype = 'caldav'\n"+
		"url = 'https://cloud.example.org/'\nusername = 'ada'\npassword = { command = ['pass', 'nextcloud'] }\n")
	if diff := cmp.Diff(values(short), values(c)); diff != "" {
		t.Errorf("what is written differs from the defaults (-default +written):\n%s", diff)
	}
}

// values shows the settings of a configuration without the directories of the test.
func values(c *Config) map[string]string {
	all := map[string]string{}
	for _, t := range c.tables {
		for _, s := range t.shown() {
			if s.key.name != "path" {
				all[t.name+"."+s.key.name] = tomlValue(shape(s.value))
			}
		}
	}
	return all
}

// TestDefaults holds the values that others rely on.
func TestDefaults(t *testing.T) {
	t.Parallel()
	c := load(t, sound, "XDG_DATA_HOME", "/data")
	if diff := cmp.Diff(Sync{Parallel: 8, FullListing: 168 * time.Hour, BeforeSync: []string{}, AfterSync: []string{}, Notify: []string{}, HookTimeout: 5 * time.Minute}, c.Sync); diff != "" {
		t.Errorf("Sync (-want +got):\n%s", diff)
	}
	b := c.Remotes["b"]
	if n := b.Network; n.Timeout != 30*time.Second || n.Connections != 4 || n.Retries != 4 || !n.Proxy.IsZero() || !n.UserAgent.IsZero() {
		t.Errorf("Network = %+v", n)
	}
	want := VDir{Name: "a", Path: "/data/vgit/a", Kind: Calendar, Extension: ".ics", Remotes: []string{"b"},
		Settling: Settling{ConflictAsk, Program{Words: []string{}, Timeout: 10 * time.Minute}}, Addresses: []string{},
		Metadata: allMetadata, DirectoryNames: ByDisplayName, Ignore: []string{}, AfterWrite: []string{}, BeforeDelete: []string{}, Line: 1, guard: limitRows{}}
	if diff := cmp.Diff(want, *c.VDir("a"), cmp.AllowUnexported(VDir{})); diff != "" {
		t.Errorf("VDir (-want +got):\n%s", diff)
	}
	if c.VDir("b") != nil {
		t.Error("VDir gives what is not there")
	}
	if diff := cmp.Diff([]string{"*"}, b.Collections.List); diff != "" {
		t.Errorf("V52 collections (-want +got):\n%s", diff)
	}
	if b.Auth != AuthAuto || !b.HTTP2 || b.InsecureHTTP || b.WeakETag != WeakCheck || b.Create != CreateAsk || b.Type != CalDAV || b.Line != 4 {
		t.Errorf("Remote = %+v", b)
	}
	if ext := load(t, "[vdir.x]\nkind = 'contacts'\n").VDirs[0].Extension; ext != ".vcf" {
		t.Errorf("extension of contacts = %q", ext)
	}
}

// TestOneNameForBoth: V58: a vdir and a remote may share a name. V59: a pattern that is there twice counts once.
func TestOneNameForBoth(t *testing.T) {
	t.Parallel()
	c := load(t, "[vdir.x]\nkind = 'calendar'\nremotes = ['x']\n[remote.x]\ntype = 'caldav'\nurl = 'x.example'\ncollections = ['w', 'h', 'w']\n")
	if diff := cmp.Diff([]string{"h", "w"}, c.Remotes["x"].Collections.List); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
}

// TestOrder: vdirs come in the order of the file, however the file is written.
func TestOrder(t *testing.T) {
	t.Parallel()
	c := load(t, "vdir.z.kind = 'calendar'\nvdir.a = { kind = 'contacts', ignore = ['x'] }\n[sync]\nparallel = 0x2\n")
	if len(c.VDirs) != 2 || c.VDirs[0].Name != "z" || c.VDirs[1].Ignore[0] != "x" || c.Sync.Parallel != 2 {
		t.Errorf("VDirs = %+v, Sync = %+v", c.VDirs, c.Sync)
	}
}

// TestLike: keys come from the own table, else from the remotes it is like, else from [network].
func TestLike(t *testing.T) {
	t.Parallel()
	c := load(t, `
[vdir.cal]
kind = "calendar"
remotes = ["cal"]
[vdir.card]
kind = "contacts"
remotes = ["card"]
[network]
retries = 7
timeout = "9s"
[remote.card]
type = "carddav"
like = "cal"
timeout = "5s"
[remote.cal]
like = "base"
connections = 2
url = "https://cal.example/"
[remote.base]
type = "caldav"
url = "https://base.example/"
username = "ada"
password = "pw"
connections = 3
timeout = "6s"
auth = "basic"
`)
	card := c.Remotes["card"]
	if card.Type != CardDAV || card.URL.String() != "https://cal.example/" || card.Username.String() != "ada" || card.Auth != AuthBasic {
		t.Errorf("card = %+v", card)
	}
	if n := card.Network; n.Timeout != 5*time.Second || n.Connections != 2 || n.Retries != 7 {
		t.Errorf("network of card = %+v", n)
	}
	if n := c.Remotes["cal"]; n.Type != CalDAV || n.Network.Timeout != 6*time.Second || n.Password.Key() != "remote.base.password" {
		t.Errorf("cal = %+v", n)
	}
	if n := c.Network; n.Timeout != 9*time.Second || n.Connections != 4 {
		t.Errorf("network = %+v", n)
	}
	if want := []string{`config.toml:19: no vdir uses the remote "base"`}; !slices.Equal(c.Warnings, want) {
		t.Errorf("warnings = %q, want %q", c.Warnings, want)
	}
}

// TestBearer: a token is login enough, and inherited names do not disturb it.
func TestBearer(t *testing.T) {
	t.Parallel()
	c := load(t, sound+"username = 'a'\npassword = 'p'\n[vdir.x]\nkind='calendar'\nremotes=['x']\n[remote.x]\nlike = 'b'\nauth = 'bearer'\ntoken = { env = 'T' }\n")
	if x := c.Remotes["x"]; x.Auth != AuthBearer || x.Token.Source() != Env {
		t.Errorf("x = %+v", x)
	}
}

// TestS26Permissions: a file with a plain secret that others can read is a warning, or an error where it is asked for.
func TestS26Permissions(t *testing.T) {
	t.Parallel()
	open := func(text string) string {
		path := file(t, text)
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secret := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(secret, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	fromFile := sound + "username = 'a'\npassword = { file = '" + secret + "' }\n"
	plain := sound + "username = 'a'\npassword = 'x'\n"
	for name, tt := range map[string]struct{ path, want string }{
		"plain":          {open(plain), "config.toml:9: others can read this file, and it holds a password; chmod 600 "},
		"plain, closed":  {file(t, plain), ""},
		"proxy":          {open(sound + "proxy = 'http://proxy.example:3128/'\n"), ""},
		"proxy, login":   {open(sound + "proxy = 'http://u:p@proxy.example:3128'\n"), "config.toml:8: others can read this file, and it holds a password; chmod 600 "},
		"command":        {open(strings.Replace(plain, "'x'", "{ command = ['x'] }", 1)), ""},
		"password file":  {open(fromFile), `config.toml:9: "password": others can read the file; chmod 600 ` + secret},
		"plain, strict":  {open(plain + "[sync]\nstrict_permissions = true\n"), "!config.toml:9: others can read this file"},
		"file, strict":   {file(t, fromFile+"[sync]\nstrict_permissions = true\n"), `!config.toml:9: "password": others can read the file`},
		"closed, strict": {file(t, plain+"[sync]\nstrict_permissions = true\n"), ""},
	} {
		c, err := Load(tt.path, vars(t))
		got := ""
		if err != nil {
			got = "!" + err.Error()
		} else {
			got = strings.Join(c.Warnings, "\n")
		}
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestWarnings are remarks on files that load.
func TestWarnings(t *testing.T) {
	t.Parallel()
	c := load(t, strings.Replace(sound, "https://", "https://ada:canary@", 1)+"collections = ['!x']\n[remote.z]\nlike = 'b'\n")
	want := []string{
		`config.toml:6: "url": the user name in the address is not used; write username and password as keys of their own`,
		`config.toml:8: "collections": only exclusions, so nothing is taken; begin the list with "*"`,
		`config.toml:9: no vdir uses the remote "z"`,
	}
	if diff := cmp.Diff(want, c.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if got := c.Remotes["b"].URL.String(); got != "https://c.example/" {
		t.Errorf("P26: url = %q", got)
	}
}
