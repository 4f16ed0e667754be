#!/usr/bin/env python3
"""Random edits: what `varve plan --against` foretells, and what the builder
that made the image does on the rebuild.

against.py buildkit|buildah VARVE DIR FIRST COUNT

buildkit: DOCKER_HOST is a dockerd 20.10 with an image `base`. buildah: the
store in DIR/graph has an image `localhost/base`. Prints each edit that was
foretold wrongly, then the sums; exit 1 if a step called HIT was run, or if
fewer than 95 of 100 real hits were found."""
import json
import os
import random
import re
import shutil
import subprocess
import sys

BUILDER, VARVE, DIR = sys.argv[1:4]
FIRST, COUNT = int(sys.argv[4]), int(sys.argv[5])
BASE = 'base' if BUILDER == 'buildkit' else 'localhost/base'
CONFIG = {'ENV', 'ARG', 'LABEL', 'CMD', 'ENTRYPOINT', 'EXPOSE', 'VOLUME', 'USER', 'STOPSIGNAL', 'HEALTHCHECK'}


def run(*words, **options):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


# ---- a project: a context and the lines of its Dockerfile ----

class Project:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seed = seed
        self.dir = f'{DIR}/c{seed}'
        self.args = []
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        for name in ('a.txt', 'b.txt', 'src/main.c', 'src/lib/x.h', 'src/lib/deep/y.h', 'etc/conf', 'etc/more/conf', 'run.sh'):
            self.put(name, f'{name} of {seed}\n' * self.random.randint(1, 9))
        os.chmod(self.path('run.sh'), 0o755)
        os.chmod(self.path('etc/conf'), 0o600)
        os.symlink('main.c', self.path('src/link'))
        os.mkdir(self.path('src/empty'))
        self.lines = self.make_lines()

    def path(self, name):
        return os.path.join(self.dir, name)

    def put(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w') as file:
            file.write(text)

    def make_lines(self):
        r = self.random
        pool = ['COPY a.txt b.txt /d/', 'COPY a.txt /etc/', 'COPY src /src', 'COPY src/ ./', 'COPY etc /etc', 'COPY *.txt /w/',
                'COPY run.sh /usr/bin/run', 'COPY --chown=3:4 src/lib /own', 'ADD b.txt /b', 'ADD etc /added/', 'COPY . /all',
                'COPY src/link /was-link', f'COPY --from={BASE} /bin/sh /sh2', 'COPY etc/conf $V/conf',
                'RUN echo $A > /run-a', 'RUN echo one \\\n  && echo two', 'RUN ["/bin/sh", "-c", "true"]', 'RUN echo "  x  " > /f',
                'RUN mkdir -p /deep/er', 'ENV V=/v W="two words"', 'ENV P=q', 'LABEL l=1 m="x y"', 'ARG A=1', 'ARG B', 'ARG C="c c"',
                'WORKDIR /app', 'WORKDIR sub', 'USER 0', 'USER root', 'CMD ["sh"]', 'EXPOSE 80 443/udp', 'ENTRYPOINT sh', 'STOPSIGNAL 15',
                'VOLUME /vol', 'RUN true', 'RUN echo ${V:-none}']
        return [f'RUN echo {self.seed}'] + r.sample(pool, r.randint(5, 9))

    def write(self):
        with open(self.path('Dockerfile'), 'w') as file:
            file.write(f'FROM {BASE}\n' + '\n'.join(self.lines) + '\n')

    # ---- edits ----

    def files(self):
        found = []
        for top, dirs, names in os.walk(self.dir):
            found += [os.path.join(top, name) for name in sorted(names) if name != 'Dockerfile']
        return sorted(found)

    def edit(self):
        edits = [getattr(self, name) for name in sorted(dir(self)) if name.startswith('edit_')]
        edit = self.random.choice(edits)
        return f'{edit.__name__[5:]} {edit() or ""}'

    def edit_content(self):
        name = self.random.choice([f for f in self.files() if not os.path.islink(f)])
        status = os.stat(name)
        with open(name) as file:
            text = file.read()
        with open(name, 'w') as file:
            file.write('X' + text[1:])
        if self.random.random() < 0.5:
            os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns))
        return name

    def edit_append(self):
        name = self.random.choice([f for f in self.files() if not os.path.islink(f)])
        with open(name, 'a') as file:
            file.write('more\n')
        return name

    def edit_touch(self):
        for name in self.files():
            os.utime(name, (1e9, 1e9), follow_symlinks=False)

    def edit_mode(self):
        name = self.random.choice([f for f in self.files() if not os.path.islink(f)])
        os.chmod(name, self.random.choice([0o640, 0o755, 0o4755, 0o666]))
        return name

    def edit_dir_mode(self):
        name = self.path(self.random.choice(['src/lib', 'src/lib/deep', 'src/empty', 'etc/more']))
        os.chmod(name, 0o700)
        return name

    def edit_top_mode(self):
        name = self.path(self.random.choice(['src', 'etc', 'src/lib']))
        os.chmod(name, 0o711)
        return name

    def edit_owner(self):
        for name in self.files():
            os.lchown(name, 77, 88)

    def edit_new_file(self):
        name = self.random.choice(['c.txt', 'src/new.c', 'src/lib/deep/z', 'etc/.hidden'])
        self.put(name, 'new\n')
        return name

    def edit_new_dir(self):
        os.mkdir(self.path(self.random.choice(['src/void', 'etc/more/void'])))

    def edit_remove(self):
        name = self.random.choice(['b.txt', 'src/lib/deep/y.h', 'etc/more/conf', 'src/link'])
        os.remove(self.path(name))
        return name

    def edit_rename(self):
        os.rename(self.path('src/lib/x.h'), self.path('src/lib/w.h'))

    def edit_link(self):
        os.remove(self.path('src/link'))
        os.symlink(self.random.choice(['lib/x.h', './main.c']), self.path('src/link'))

    def edit_file_to_link(self):
        os.remove(self.path('etc/conf'))
        os.symlink('more/conf', self.path('etc/conf'))

    def edit_xattr(self):
        name = self.random.choice([f for f in self.files() if not os.path.islink(f)])
        try:
            os.setxattr(name, 'user.note', b'x')
        except OSError:
            pass
        return name

    def edit_ignore(self):
        self.put('.dockerignore', self.random.choice(['src/lib\n', '*.txt\n!a.txt\n', '**/conf\n', 'none\n']))

    def at(self, low=1):
        return self.random.randint(low, len(self.lines) - 1)

    def edit_drop_line(self):
        return self.lines.pop(self.at())

    def edit_swap(self):
        i = self.at(1)
        j = self.at(1)
        self.lines[i], self.lines[j] = self.lines[j], self.lines[i]
        return f'{i} {j}'

    def edit_insert(self):
        line = self.random.choice(['RUN echo new', 'COPY a.txt /new', 'ENV N=1', 'ENV N=1 O=2', 'LABEL n=1', 'ARG N=1', 'ARG N', 'WORKDIR /new',
                                   'USER 0', 'CMD ["new"]', '# only a comment', 'EXPOSE 99', 'SHELL ["/bin/sh", "-ec"]'])
        self.lines.insert(self.at(), line)
        return line

    def edit_word(self):
        i = self.at()
        self.lines[i] = re.sub(r'(\w)(\s*)$', r'\1x\2', self.lines[i]) if self.random.random() < 0.7 else self.lines[i] + ' # x'
        return self.lines[i]

    def edit_blank(self):
        i = self.at()
        self.lines[i] = self.random.choice([self.lines[i] + '  ', '  ' + self.lines[i], self.lines[i].replace(' ', '  ', 1)])
        return self.lines[i]

    def edit_case(self):
        i = self.at()
        word, rest = self.lines[i].split(' ', 1)
        self.lines[i] = word.lower() + ' ' + rest
        return self.lines[i]

    def edit_value(self):
        self.lines = [re.sub(r'^(ENV|ARG|LABEL)( \w+=).*', r'\1\2other', line) for line in self.lines]

    def edit_build_arg(self):
        self.args += ['--build-arg', self.random.choice(['A=2', 'B=2', 'A=1', 'C=c c', 'UNKNOWN=1'])]
        return self.args[-1]

    def edit_chown(self):
        i = self.random.choice([i for i, line in enumerate(self.lines) if line.startswith(('COPY', 'ADD'))] or [0])
        self.lines[i] = re.sub(r'^(COPY|ADD) (--chown=\S+ )?', self.random.choice([r'\1 --chown=5:6 ', r'\1 ']), self.lines[i])
        return self.lines[i]

    def edit_exec_form(self):
        self.lines = ['RUN ["/bin/sh", "-c", "true"]' if line == 'RUN true' else line for line in self.lines]

    def edit_nothing(self):
        pass


# ---- the builders ----

def build(project):
    """The output, and for each step that the builder shows (index among the
    instructions, FROM is 0) whether it came from the cache."""
    if BUILDER == 'buildkit':
        done = run('/usr/bin/docker', 'build', '--network=host', '--progress=plain', '-t', f'x{project.seed}', *project.args, project.dir,
                   env=dict(os.environ, DOCKER_BUILDKIT='1'))
        return done, buildkit_verdicts(done.stdout, project)
    done = buildah('bud', '--layers', '--isolation', 'chroot', '-t', f'localhost/x{project.seed}', *project.args, project.dir)
    return done, buildah_verdicts(done.stdout)


def instructions(project):
    text = re.sub(r'\\\n', '', '\n'.join(project.lines))
    return ['FROM'] + [line.split()[0].upper() for line in text.split('\n') if line.strip() and not line.strip().startswith('#')]


def buildkit_verdicts(text, project):
    work = [i for i, verb in enumerate(instructions(project)) if verb not in CONFIG and verb != 'SHELL']
    name, cached = {}, set()
    for line in text.split('\n'):
        found = re.match(r'#(\d+) \[ *(\d+)/(\d+)\] ', line)
        if found:
            name[found[1]] = work[int(found[2]) - 1]
            assert int(found[3]) == len(work), (line, work)
        found = re.match(r'#(\d+) CACHED', line)
        if found:
            cached.add(found[1])
    return {index: vertex in cached for vertex, index in name.items()}


def buildah_verdicts(text):
    result, step = {}, 0
    for line in text.split('\n'):
        found = re.match(r'STEP (\d+)/', line)
        if found:
            step = int(found[1]) - 1
            result[step] = step == 0
        if line.startswith('--> Using cache'):
            result[step] = True
    return result


def plan(project):
    if BUILDER == 'buildkit':
        root = os.environ['ROOT']
    else:
        root = f'containers-storage:[overlay@{DIR}/graph]'
    name = f'x{project.seed}' if BUILDER == 'buildkit' else f'localhost/x{project.seed}'
    done = subprocess.run([VARVE, 'plan', '--root', root, '--against', name, '--format', 'json', *project.args, project.dir],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not done.stdout:
        return None, done.stderr
    return json.loads(done.stdout)['steps'], done.stderr


def buildah(*words):
    return run('buildah', '--storage-driver', 'overlay', '--root', f'{DIR}/graph', '--runroot', f'{DIR}/run', *words)


def forget():
    base = buildah('images', '-q', '--no-trunc', BASE).stdout.split()[0].split(':')[-1]
    others = [image for image in buildah('images', '-aq', '--no-trunc').stdout.split() if image.split(':')[-1] != base]
    if others:
        buildah('rmi', '-f', *others)


def main():
    wrong = hits = found = edits = steps = 0
    for seed in range(FIRST, FIRST + COUNT):
        project = Project(seed)
        project.write()
        first, _ = build(project)
        if first.returncode:
            print(f'seed {seed}: cannot be built: {first.stdout[-300:]}')
            continue
        # Elsewhere, as on another machine: BuildKit's client would not send
        # again what it takes for unchanged.
        again_dir = f'{DIR}/d{seed}'
        subprocess.run(['cp', '-a', project.dir, again_dir], check=True)
        shutil.rmtree(project.dir)
        project.dir = again_dir
        what = project.edit()
        project.write()
        told, words = plan(project)
        again, real = build(project)
        if told is None:
            if not again.returncode:
                print(f'seed {seed}: {what}: no plan: {words}')
            continue
        edits += 1
        for index, cached in sorted(real.items()):
            if index == 0 or index >= len(told):  # FROM runs nowhere
                continue
            step = told[index]
            steps += 1
            hit = step['verdict'] == 'hit'
            hits += cached
            found += cached and hit
            if hit and not cached and not again.returncode:
                wrong += 1
                print(f'seed {seed}: {what}: WRONG HIT: {step["instruction"]} ({step.get("confidence")})')
            if cached and not hit:
                print(f'seed {seed}: {what}: lost: {step["instruction"]}: {step["why"]}: {step["note"]}')
        shutil.rmtree(project.dir)
        if BUILDER == 'buildah':  # so that its store stays small
            forget()
    share = 100 * found / hits if hits else 0
    print(f'{BUILDER}: {edits} edits, {steps} steps, {hits} real hits, {found} found ({share:.1f} %), {wrong} wrong hits')
    return wrong > 0 or share < 95


sys.exit(main())
