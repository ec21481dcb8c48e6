package davtest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Profile returns the likeness of a server: what it is known for, as far as switches can say it. It is for New, since some of it
// says where things are. Profiles lists the names.
func Profile(name string) (Option, error) {
	if o, ok := profiles()[name]; ok {
		return o, nil
	}
	return nil, fmt.Errorf("no profile %q; there are %s", name, strings.Join(Profiles(), ", "))
}

// Profiles returns the names of all profiles, sorted.
func Profiles() []string { return slices.Sorted(maps.Keys(profiles())) }

// profiles come from measurements of running servers, and from what users of other clients reported.
func profiles() map[string]Option {
	return map[string]Option{
		"correct": All(),
		"google": All(IgnoresIfNoneMatch, NoNewCollections, NoMove, OmitsFromMultiget(0.1), BearerOnly,
			RewritesOnPut(Chain(AddOwner("mailto:owner@example.org"), StripX()))),
		"google-contacts": All(IgnoresIfNoneMatch, BearerOnly, RenamesOnPut(serverName), NoLocation,
			RewritesOnPut(Chain(replaceUID, Drop("CATEGORIES", "ROLE"), Escape()))),
		"icloud":    All(UIDPerAccount, OneComponent, ExtraHomeMembers, AbsoluteHrefs),
		"fastmail":  All(UIDPerAccount, UIDConflict(http.StatusForbidden), RewritesOnPut(Chain(StripTZ(), AddAlarm()))),
		"cyrus":     All(UIDPerAccount, UIDConflict(http.StatusForbidden), CutsPictures, ExtraHomeMembers, Challenges([]string{"Basic"})),
		"cyrus-old": All(UIDPerAccount, UIDConflict(http.StatusForbidden), RefusesEmptyToken),
		"nextcloud": All(Prefix("/remote.php/dav"), UIDPerCollection, UIDConflict(http.StatusBadRequest), TrashBin, ConvertsVCards,
			ExtraHomeMembers, MissingHrefLeftOut, NothingOnUnknownToken, NoGzip),
		"owncloud": All(Prefix("/remote.php/dav"), RefuseTokens(http.StatusForbidden, true), MissingHrefLeftOut),
		"baikal":   All(DigestOnly, MissingHrefLeftOut, NothingOnUnknownToken, MissingIs412, NoGzip),
		"fruux":    All(RefuseTokens(http.StatusUnsupportedMediaType, false)),
		"sabre-1":  All(NoSyncCollection, MissingHrefFails, MissingIs412, NoGzip, IgnoresPrefer),
		"sabre-4":  All(NothingOnUnknownToken, MissingHrefLeftOut, MissingIs412, ConvertsVCards, NoGzip),
		"sogo": All(Prefix("/SOGo/dav"), WellKnown(0, ""), IgnoresIfNoneMatch, IgnoresIfMatchOnDelete, CreatesDespiteIfMatch, CounterETags,
			SecondGranularTokens, SkipsOwnSecond, FullListOnUnknownToken, UIDPerCollection, ETagThoughRewrote, OutboxIsCalendar, Challenges([]string{`basic realm="SOGo"`}),
			RewritesOnPut(Chain(VCard3(), beforeEnd("VEVENT", "CLASS", "CLASS:PUBLIC"), noLastNewline)), ForgetsProperties("calendar-order"), NoLimit),
		"zimbra":   All(TwiceInListing, NoSyncCollection),
		"radicale": All(MixedHome(true), ListsOldRemovals, RewritesOnPut(Sort()), ETagThoughRewrote, UIDPerCollection, CreatedOnUpdate, NoLimit),
		"xandikos": All(MultistatusOnRefusal, UnknownToken(http.StatusInternalServerError), RewritesOnPut(Sort()), ETagThoughRewrote,
			UIDPerCollection, RawControls, ForgetsProperties("calendar-order"), LocksParallelWrites, NoMove, NoGzip, NoLimit),
		"davical":      All(MixedHome(true), ExtraHomeMembers, FullListOnUnknownToken, MissingHrefLeftOut, RewritesOnPut(addREV), NoGzip, NoLimit),
		"davmail":      All(NoPrincipal, OneSpelling, UnquotedETags, TwiceInListing, NoSyncCollection, RewritesOnPut(Chain(StripX(), Defaults()))),
		"open-xchange": All(UnquotedETags, WantsQuotes),
		"posteo":       All(NoSyncCollection, LyingReports, NoNewCollections),
		"yahoo":        All(Challenges([]string{}), RewritesOnPut(StripX())),
		"stalwart":     All(EmptyInitialReport),
		"synology":     All(NoPrincipal, SecondGranularTokens, UIDPerCollection),
		"purelymail":   All(StaleReads(3 * time.Second)),
		"mail.ru":      RewritesOnPut(Chain(StripX(), Drop("CATEGORIES", "URL", "GEO"), Stamp())),
		"robur":        Missing(http.StatusForbidden),
		"horde":        All(NoETagInListing, NoETagOnPut),
		"zoho":         MultigetLimit(100),
	}
}

// serverName is a name that no client has thought of.
func serverName(name string, body []byte) string {
	sum := sha256.Sum256(append([]byte(name), body...))
	_, extension, _ := strings.Cut(name, ".")
	return fmt.Sprintf("%x.%s", sum[:8], extension)
}

// replaceUID gives an item a UID of the server's making.
func replaceUID(body []byte) []byte {
	return lines(func(list []string) []string {
		for i, l := range list {
			if nameOf(l) == "UID" {
				sum := sha256.Sum256([]byte(l))
				list[i] = fmt.Sprintf("UID:%x", sum[:6])
			}
		}
		return list
	})(body)
}

// addREV is for cards.
func addREV(body []byte) []byte {
	if inspect(body).root != "VCARD" {
		return body
	}
	return beforeEnd("VCARD", "REV", "REV:20260101T000000Z")(body)
}

func noLastNewline(body []byte) []byte {
	return []byte(strings.TrimSuffix(string(body), "\r\n"))
}
