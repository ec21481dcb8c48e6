<?php
// sabre/dav as "php -S" runs it: one SQLite file in the directory DATA, one user, who logs in as AUTH says. Without a
// request, which is how the tests call it first, it makes the database.
error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);
ini_set('display_errors', '0');
date_default_timezone_set('UTC');
require_once 'Sabre/autoload.php';

const REALM = 'SabreDAV';

$db = new PDO('sqlite:' . getenv('DATA') . '/sabre.sqlite', null, null, [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$db->exec('PRAGMA busy_timeout = 20000');

if (PHP_SAPI === 'cli') {
    $db->exec('PRAGMA journal_mode = WAL');
    foreach ([
        'users (id INTEGER PRIMARY KEY, username TEXT UNIQUE, digesta1 TEXT)',
        'principals (id INTEGER PRIMARY KEY, uri TEXT UNIQUE, email TEXT, displayname TEXT, vcardurl TEXT)',
        'groupmembers (id INTEGER PRIMARY KEY, principal_id INTEGER, member_id INTEGER)',
        'calendars (id INTEGER PRIMARY KEY, principaluri TEXT, displayname TEXT, uri TEXT, ctag INTEGER, description TEXT, ' .
            'calendarorder INTEGER, calendarcolor TEXT, timezone TEXT, components TEXT, transparent INTEGER)',
        'calendarobjects (id INTEGER PRIMARY KEY, calendarid INTEGER, uri TEXT, calendardata BLOB, lastmodified INTEGER, etag TEXT, ' .
            'size INTEGER, componenttype TEXT, firstoccurence INTEGER, lastoccurence INTEGER)',
        'addressbooks (id INTEGER PRIMARY KEY, principaluri TEXT, displayname TEXT, uri TEXT, description TEXT, ctag INTEGER)',
        'cards (id INTEGER PRIMARY KEY, addressbookid INTEGER, uri TEXT, carddata BLOB, lastmodified INTEGER)',
    ] as $table) {
        $db->exec("CREATE TABLE $table");
    }
    [$user, $password] = explode(':', getenv('LOGIN'));
    $db->prepare('INSERT INTO users (username, digesta1) VALUES (?, ?)')->execute([$user, md5("$user:" . REALM . ":$password")]);
    foreach (['', '/calendar-proxy-read', '/calendar-proxy-write'] as $part) {
        $db->prepare('INSERT INTO principals (uri, email, displayname) VALUES (?, ?, ?)')
            ->execute(["principals/$user$part", $part === '' ? "$user@example.org" : null, $user]);
    }
    exit(0);
}

// As the documentation asks: warnings are errors, or half an answer passes for a whole one.
set_error_handler(function ($number, $text, $file, $line) {
    if (error_reporting() & $number) {
        throw new ErrorException($text, 0, $number, $file, $line);
    }
    return false;
});

class Passwords extends Sabre\DAV\Auth\Backend\AbstractBasic
{
    private $db;

    public function __construct(PDO $db)
    {
        $this->db = $db;
    }

    protected function validateUserPass($username, $password)
    {
        $row = $this->db->prepare('SELECT digesta1 FROM users WHERE username = ?');
        $row->execute([$username]);
        return $row->fetchColumn() === md5("$username:" . REALM . ":$password");
    }
}

// A web server in front would do this.
if (preg_match('#^/\.well-known/(caldav|carddav)/?$#', $_SERVER['REQUEST_URI'])) {
    header('Location: /', true, 301);
    return true;
}

$principals = new Sabre\DAVACL\PrincipalBackend\PDO($db);
$server = new Sabre\DAV\Server([
    new Sabre\CalDAV\Principal\Collection($principals),
    new Sabre\CalDAV\CalendarRootNode($principals, new Sabre\CalDAV\Backend\PDO($db)),
    new Sabre\CardDAV\AddressBookRoot($principals, new Sabre\CardDAV\Backend\PDO($db)),
]);
$server->setBaseUri('/');
$logins = getenv('AUTH') === 'digest' ? new Sabre\DAV\Auth\Backend\PDO($db) : new Passwords($db);
$server->addPlugin(new Sabre\DAV\Auth\Plugin($logins, REALM));
$server->addPlugin(new Sabre\CalDAV\Plugin());
$server->addPlugin(new Sabre\CardDAV\Plugin());
$server->addPlugin(new Sabre\DAVACL\Plugin());
$server->exec();
return true;
