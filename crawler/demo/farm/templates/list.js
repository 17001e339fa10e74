fetch('/api/list?page=1').then(answer => answer.json()).then(list => {
  const rows = list.rows.slice(0, window.most || list.rows.length);
  const row = r => `<li><a href="${r.url}" title="${r.title}">${r.title}</a><span>${r.day}</span></li>`;
  const app = document.getElementById('app');
  app.innerHTML = rows.map(row).join('');
  app.insertAdjacentHTML('afterend', `<p>共${list.total}条 <span onclick="turn(2)">下一页</span></p>`);
});
