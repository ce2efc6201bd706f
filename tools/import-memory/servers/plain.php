<?php
// A script without a framework.
echo json_encode(['answer' => str_repeat('x', 2000)]);
