<?php
// DAViCal as "php -S" runs it, out of the files of its package. Its settings are looked for in /etc/davical under the name of
// the server, so that this name is made to lead out of there to the file that the tests wrote.
$path = rawurldecode(strtok($_SERVER['REQUEST_URI'], '?'));
$_SERVER['SERVER_NAME'] = '../..' . getenv('DATA') . '/davical';
$_SERVER['SERVER_PORT'] = parse_url('http://' . $_SERVER['HTTP_HOST'], PHP_URL_PORT); // there is a proxy in front
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/caldav.php';
$_SERVER['SCRIPT_FILENAME'] = getenv('HTDOCS') . '/caldav.php';
$_SERVER['PATH_INFO'] = str_starts_with($path, '/caldav.php/') ? substr($path, strlen('/caldav.php')) : $path;
chdir(getenv('HTDOCS'));
set_include_path('/usr/share/awl/inc:/usr/share/davical/inc:.');
require 'caldav.php';
return true;
