package store

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	gitobject "github.com/go-git/go-git/v5/plumbing/object"
)

// Signature says who and when. The zone of When is kept, fractions of a second are not.
type Signature struct {
	Name, Email string
	When        time.Time
}

// Commit is a state of a tree, and the states it came from.
type Commit struct {
	Tree              Hash
	Parents           []Hash
	Author, Committer Signature
	Message           string
}

// encodeCommit writes what git writes. Bytes that would end a line or a field early are left out of names.
func encodeCommit(c Commit) ([]byte, error) {
	if c.Tree.IsZero() {
		return nil, fmt.Errorf("commit %.50q has no tree", c.Message)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	for _, p := range c.Parents {
		if p.IsZero() {
			return nil, fmt.Errorf("commit %.50q has a parent without a name", c.Message)
		}
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n", c.Author.line(), c.Committer.line())
	b.WriteString(strings.ReplaceAll(strings.ToValidUTF8(c.Message, "\ufffd"), "\x00", ""))
	return b.Bytes(), nil
}

// line is the signature as it stands in commits and reflogs.
func (s Signature) line() string {
	name, email := cleanName(s.Name), cleanName(s.Email)
	if name == "" {
		name = "vgit"
	}
	return fmt.Sprintf("%s <%s> %d %s", name, email, max(s.When.Unix(), 0), s.When.Format("-0700"))
}

// cleanName leaves out what git leaves out: brackets, line ends, and the marks that git trims off both ends.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == '<' || r == '>' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.Trim(s, " .,:;\"\\'")
}

func decodeCommit(raw []byte) (c Commit, err error) {
	defer edge(&err)
	m := &plumbing.MemoryObject{}
	m.SetType(plumbing.CommitObject)
	m.Write(raw)
	var got gitobject.Commit
	if err := got.Decode(m); err != nil {
		return Commit{}, corrupt("commit: %v", err)
	}
	if got.TreeHash.IsZero() {
		return Commit{}, corrupt("commit without a tree")
	}
	c = Commit{
		Tree: Hash(got.TreeHash), Message: got.Message,
		Author:    Signature{got.Author.Name, got.Author.Email, got.Author.When},
		Committer: Signature{got.Committer.Name, got.Committer.Email, got.Committer.When},
	}
	for _, p := range got.ParentHashes {
		c.Parents = append(c.Parents, Hash(p))
	}
	return c, nil
}
