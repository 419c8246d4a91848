"""Times LMDB (python3-lmdb) and SQLite as a store of records, beside `benchmarks engine` which times ours: one writer, then two at once.

    python3 lmdb_records.py 100000
"""
import hashlib, multiprocessing, os, random, shutil, sqlite3, sys, tempfile, time
import lmdb

count = int(sys.argv[1])
records = [os.urandom(260) for _ in range(64)]


def keys(seed):
    return [hashlib.sha256(b'%d %d' % (seed, i)).digest() for i in range(count)]


class LMDB:
    def __init__(self, folder):
        # As SQLite with synchronous=normal: a crash of the system may lose the last records, never the rest.
        self.store = lmdb.open(folder, map_size=4 << 30, metasync=False, sync=False)

    def put(self, pairs):
        with self.store.begin(write=True) as writing:
            for key, value in pairs:
                writing.put(key, value)

    def get(self, some):
        with self.store.begin() as reading:
            return [reading.get(key) for key in some]


class SQLite:
    def __init__(self, folder):
        self.store = sqlite3.connect(folder + '/records.db', isolation_level=None, timeout=60)
        self.store.execute('pragma journal_mode=wal')
        self.store.execute('pragma synchronous=normal')
        self.store.execute('create table if not exists record(key blob primary key, value blob) without rowid')

    def put(self, pairs):
        self.store.execute('begin immediate')
        self.store.executemany('insert or replace into record values(?, ?)', pairs)
        self.store.execute('commit')

    def get(self, some):
        return [self.store.execute('select value from record where key = ?', (key,)).fetchone() for key in some]


def write(kind, folder, seed, batch):
    store, names = kind(folder), keys(seed)
    start = time.perf_counter()
    for first in range(0, count, batch):
        store.put([(key, records[i & 63]) for i, key in enumerate(names[first:first + batch])])
    return (time.perf_counter() - start) / count * 1e6


def best(times, work):
    def once():
        start = time.perf_counter()
        work()
        return time.perf_counter() - start
    return min(once() for _ in range(times))


for kind in [LMDB, SQLite]:
    for batch in [1000, 30]:
        folder = tempfile.mkdtemp()
        alone = write(kind, folder, 0, batch)
        some = random.sample(keys(0), min(count, 1000))
        store = kind(folder)
        look = best(10, lambda: store.get(some)) / len(some) * 1e6
        size = sum(os.path.getsize(folder + '/' + name) for name in os.listdir(folder)) / 1e6
        del store
        with multiprocessing.Pool(2) as pool:
            both = pool.starmap(write, [(kind, folder, 1, batch), (kind, folder, 2, batch)])
        print('%-6s in %4d: written %.1f us each, two at once %.1f; a look-up %.1f us; %.1f MB' % (
            kind.__name__, batch, alone, max(both), look, size))
        shutil.rmtree(folder)
