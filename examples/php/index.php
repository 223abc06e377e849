<?php
// A PHP app behind norang: it reads who is signed in from the headers of each request and keeps no session.
$id = $_SERVER["HTTP_REMOTE_USER"] ?? "";
$name = rawurldecode($_SERVER["HTTP_REMOTE_NAME"] ?? "") ?: "회원";
?>
<!doctype html>
<html lang="ko">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>PHP 가게</title>
<style>:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }</style>
<main>
  <h1>PHP 가게</h1>
  <?php if ($id === ""): ?>
  <p><a href="/oauth/kakao?return_to=/">카카오로 시작하기</a></p>
  <?php else: ?>
  <p id="user"><?= htmlspecialchars($name) ?>님, 안녕하세요.</p>
  <form method="post" action="/auth/signout">
    <input type="hidden" name="return_to" value="/"><button>로그아웃</button>
  </form>
  <p><a href="/oauth/kakao/signout?return_to=/">카카오계정도 함께 로그아웃</a></p>
  <?php endif ?>
</main>
</html>
