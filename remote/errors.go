package remote

import (
	"errors"
	"fmt"
	"time"
)

// The reasons that a caller may branch on, with errors.Is.
var (
	// ErrGone: this very item is not there: 404 or 410 to a request for it.
	ErrGone = errors.New("not there")
	// ErrCut: the body ended before its END line (P61).
	ErrCut = errors.New("the body is cut short")
	// ErrChanged: a precondition failed; the item is not in the state that the write was built upon (412).
	ErrChanged = errors.New("changed on the server since it was read")
	// ErrNoAnswer: a write was sent and no answer that counts came back. It may have been done.
	ErrNoAnswer = errors.New("no answer")
	// ErrServer: the server says that it failed over this very request (500 and the like, not an overload or a gateway). A
	// write may have been done; one that fails so again and again has something that the server cannot bear.
	ErrServer = errors.New("the server failed")
	// ErrLocked: refused for the moment because of another write: 423, or a lock error (P94, P95). Nothing was done.
	ErrLocked = errors.New("locked by another write")
	// ErrCollectionGone: the collection itself answers 404, 410 or 403 (P12).
	ErrCollectionGone = errors.New("the collection is not there any more")
	// ErrExists: there is something at the address where a collection was to be made (P92).
	ErrExists = errors.New("there is something at this address already")
	// ErrLogin: the server does not take the credentials (401, P6, P98).
	ErrLogin = errors.New("login refused")
	// ErrNotDAV: something answered that does not speak CalDAV or CardDAV, such as a web page.
	ErrNotDAV = errors.New("not a CalDAV or CardDAV answer")
	// ErrOtherAccount: the address leads to another principal than before (P14). An *OtherAccount says which.
	ErrOtherAccount = errors.New("the address leads to another account than before")
	// ErrTemporary marks what may pass by itself: network, time-out, 429, 5xx. Temporary puts the mark on an error.
	ErrTemporary = errors.New("temporary")
)

// Temporary marks an error as one that may pass by itself: errors.Is(err, ErrTemporary) holds, and all else of it, its text
// included, is as it was. nil stays nil.
func Temporary(err error) error {
	if err == nil {
		return nil
	}
	return passing{err}
}

type passing struct{ error }

func (p passing) Unwrap() error { return p.error }

func (passing) Is(target error) bool { return target == ErrTemporary }

// OtherAccount is an ErrOtherAccount that says as whom the account was known and as whom it answers. "" is an account without a principal.
type OtherAccount struct {
	At       string // the address, for messages
	Was, Now Href
}

func (o *OtherAccount) Error() string {
	return fmt.Sprintf("%s: %v: it was %q and is %q", o.At, ErrOtherAccount, o.Was, o.Now)
}

// Is makes it an ErrOtherAccount.
func (o *OtherAccount) Is(target error) bool { return target == ErrOtherAccount }

// Refused is a server's no to one body: it stays local and is tried again only when it changes (P82).
type Refused struct {
	Status    int    // HTTP status, or the inner one of a 207
	Condition string // the precondition element such as "no-uid-conflict", "" if none (P38)
	Text      string // what the server said, cut and on one line; not sanitised
	Href      Href   // the resource that the server named in the way (P81), "" if none
}

func (r *Refused) Error() string {
	what := r.Condition
	if what == "" {
		what = r.Text
	}
	if what == "" {
		return fmt.Sprintf("refused by the server (%d)", r.Status)
	}
	return fmt.Sprintf("refused by the server (%d, %s)", r.Status, what)
}

// Busy is a server's wish to be left alone for a while (P96). It is temporary: errors.Is(err, ErrTemporary) holds.
type Busy struct {
	Until time.Time // not before this time; never more than two hours ahead
	Asked bool      // the server named the time; else it only said that it is busy
}

func (b *Busy) Error() string {
	return "the server asks to wait until " + b.Until.Format("15:04:05")
}

// Is makes a Busy temporary.
func (b *Busy) Is(target error) bool { return target == ErrTemporary }
