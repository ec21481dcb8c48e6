//go:build servers

package realtest

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// sogo runs SOGo with a PostgreSQL and a memcached of its own. It needs root, since both have users of their own. A request
// that finds no worker free is answered by a reset, so that there are more workers than connections of the tests.
var sogo = kind{
	version: func() (string, error) {
		_, err := postgresPrograms()
		_, missing := exec.LookPath("memcached")
		if err = errors.Join(err, missing); err != nil {
			return "", err
		}
		v, err := lastWord("dpkg-query", "--show", "--showformat", "${Version}", "sogo")
		v, _, _ = strings.Cut(v, "-")
		return v, err
	},
	prepare: prepareSOGo,
	end:     syscall.SIGKILL, // asked to end, it takes half a minute
	// The first look at the homes makes a calendar and an address book, both named "personal". It may come too early: the
	// workers make their tables at the same time, and those who come second end and are started again.
	furnish: func(s *Server) error {
		return eventually(func() error {
			look := `<propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>`
			return errors.Join(s.expect(http.StatusMultiStatus, "PROPFIND", "/SOGo/dav/alice/Calendar/", look),
				s.expect(http.StatusMultiStatus, "PROPFIND", "/SOGo/dav/alice/Contacts/", look))
		})
	},
}

func prepareSOGo(p *place) (*exec.Cmd, *Server, error) {
	s := &Server{Root: "/SOGo/dav/", Calendar: "/SOGo/dav/alice/Calendar/personal/", Contacts: "/SOGo/dav/alice/Contacts/personal/",
		User: "alice", Password: "alicepw", Traits: Traits{TakesAnyToken: true, CoarseTokens: true, KeepsItems: true}}
	home, err := p.sub("home", "sogo")
	if err != nil {
		return nil, nil, err
	}
	db, err := startPostgres(p)
	if err != nil {
		return nil, nil, err
	}
	if err := db.do("", "createdb", "sogo"); err != nil {
		return nil, nil, err
	}
	if err := db.sql("sogo", fmt.Sprintf(sogoUsers, s.User, s.Password)); err != nil {
		return nil, nil, err
	}
	cache := exec.Command("memcached", "-s", filepath.Join(home, "cache"), "-m", "32")
	if err := as("sogo", cache); err != nil {
		return nil, nil, err
	}
	if _, err := p.run("memcached", cache); err != nil {
		return nil, nil, err
	}
	cmd := exec.Command("sogod", sogoSettings(p, home, fmt.Sprintf("postgresql://postgres@127.0.0.1:%d/sogo", db.port))...)
	cmd.Env = append(os.Environ(), "HOME="+home)
	return cmd, s, as("sogo", cmd)
}

const sogoUsers = `CREATE TABLE people (c_uid TEXT PRIMARY KEY, c_name TEXT, c_password TEXT, c_cn TEXT, mail TEXT);
INSERT INTO people VALUES ('%[1]s', '%[1]s', md5('%[2]s'), '%[1]s', '%[1]s@example.org');
`

// sogoSettings are arguments in place of the file of the system.
func sogoSettings(p *place, home, database string) []string {
	var args []string
	for _, setting := range [][2]string{
		{"WOPort", p.address()}, {"WOWorkersCount", "10"}, {"WOUseWatchDog", "YES"}, {"WONoDetach", "YES"},
		{"WOLogFile", "-"}, {"WOPidFile", filepath.Join(home, "pid")}, {"SxVMemLimit", "2048"},
		{"SOGoMemcachedHost", filepath.Join(home, "cache")}, {"SOGoTimeZone", "UTC"}, {"SOGoLanguage", "English"}, {"SOGoMailDomain", "example.org"},
		{"SOGoProfileURL", database + "/sogo_user_profile"}, {"OCSFolderInfoURL", database + "/sogo_folder_info"},
		{"OCSSessionsFolderURL", database + "/sogo_sessions_folder"}, {"OCSEMailAlarmsFolderURL", database + "/sogo_alarms_folder"},
		{"SOGoUserSources", `({type=sql;id=people;viewURL="` + database + `/people";canAuthenticate=YES;isAddressBook=NO;userPasswordAlgorithm=md5;})`},
	} {
		args = append(args, "-"+setting[0], setting[1])
	}
	return args
}
