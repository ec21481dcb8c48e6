<?php
error_reporting(E_ERROR | E_PARSE);
ini_set('display_errors', '0');
$_SERVER['SERVER_NAME'] = $c->domain_name = '127.0.0.1';
$c->admin_email = 'admin@example.org';
$c->pg_connect[] = 'host=' . getenv('DATABASE') . ' dbname=davical user=davical_app';
