<?php
// Laravel's router, views, validation and database, from Debian's packages, without files of an application.
require '/usr/share/php/Illuminate/autoload.php';

use Illuminate\Container\Container;
use Illuminate\Database\Capsule\Manager;
use Illuminate\Events\Dispatcher;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Illuminate\Routing\Router;

$container = new Container();
$events = new Dispatcher($container);
$database = new Manager($container);
$database->addConnection(['driver' => 'sqlite', 'database' => ':memory:']);
$database->setEventDispatcher($events);
$router = new Router($events, $container);
$router->get('/', fn () => new JsonResponse([
    'answer' => str_repeat('x', 2000),
    'sql' => $database->getConnection()->table('pages')->where('id', 1)->toSql(),
]));
$router->dispatch(Request::capture())->send();
