"""Times SQLite as a store of records, beside `benchmarks engine` which times ours.

    python3 sqlite_records.py 100000
"""
import hashlib, os, random, shutil, sqlite3, sys, tempfile, time

count = int(sys.argv[1])
folder = tempfile.mkdtemp()
path = folder + '/records.db'
keys = [hashlib.sha256(str(i).encode()).digest() for i in range(count)]
records = [os.urandom(260) for _ in range(64)]


def opened():
    store = sqlite3.connect(path, isolation_level=None)
    store.execute('pragma journal_mode=wal')
    store.execute('pragma synchronous=normal')
    return store


def best(times, work):
    def once():
        start = time.perf_counter()
        work()
        return time.perf_counter() - start
    return min(once() for _ in range(times))


store = opened()
store.execute('create table record(key blob primary key, value blob) without rowid')
start = time.perf_counter()
for first in range(0, count, 1000):
    store.execute('begin immediate')
    store.executemany('insert or replace into record values(?, ?)', [(key, records[i & 63]) for i, key in enumerate(keys[first:first + 1000])])
    store.execute('commit')
print('written in thousands: %.1f us each' % ((time.perf_counter() - start) / count * 1e6))
find = 'select value from record where key = ?'
print('open and first look-up: %.2f ms' % (1e3 * best(20, lambda: opened().execute(find, (keys[7],)).fetchone())))
some = random.sample(keys, min(count, 1000))
print('a look-up: %.1f us' % (1e6 / len(some) * best(10, lambda: [store.execute(find, (key,)).fetchone() for key in some])))
store.close()
print('size: %.1f MB' % (sum(os.path.getsize(folder + '/' + name) for name in os.listdir(folder)) / 1e6))
shutil.rmtree(folder)
