/* A library that carries a connector's section and misbehaves in its constructor. The tests compile it:
 *   FRAME  a file with the section's bytes
 *   HOW    what to do
 *   NAME   what the process is called from then on, so that a test finds it
 * Linked against a connector, it is that connector once its constructor has returned. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

__asm__(".section .jackfield,\"a\"\n.incbin \"" FRAME "\"\n.previous");

static int asked(const char *how) { return strcmp(HOW, how) == 0; }

/* Longer than any test, but not for ever where a test fails. */
static void wait_for_ever(void) {
    alarm(120);
    for (;;) pause();
}

/* A process that holds everything open which its parent had open. */
static void leave_a_child(void) {
    if (fork() == 0) {
        prctl(PR_SET_NAME, NAME);
        wait_for_ever();
    }
}

/* Something that no worker says, to whoever listens. */
static void write_to_every_socket(void) {
    for (int fd = 3; fd < 64; fd++) {
        struct stat found;
        if (fstat(fd, &found) != 0 || !S_ISSOCK(found.st_mode)) continue;
        static char nonsense[64];
        memset(nonsense, 0xff, sizeof nonsense);
        send(fd, nonsense, sizeof nonsense, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

__attribute__((constructor)) static void misbehave(void) {
    fprintf(stderr, "constructor: %s\n", HOW);
    fflush(stderr);
    if (asked("abort")) abort();
    if (asked("exit-0")) exit(0);
    if (asked("exit-3")) exit(3);
    if (asked("segfault")) *(volatile int *)8 = 1;
    if (asked("print")) {
        for (int line = 0; line < 1024; line++) printf("%01022d\n", line);
        fflush(stdout);
    }
    if (asked("leave-a-child") || asked("leave-a-child-and-exit")) leave_a_child();
    if (asked("leave-a-daemon") && fork() == 0) {
        setsid();
        leave_a_child();
        _exit(0);
    }
    if (asked("leave-a-child-and-exit")) exit(3);
    if (asked("talk")) {
        write_to_every_socket();
        wait_for_ever();
    }
    if (asked("hang")) {
        leave_a_child();
        prctl(PR_SET_NAME, NAME);
        wait_for_ever();
    }
    if (strncmp(HOW, "touch:", 6) == 0) close(open(HOW + 6, O_CREAT | O_WRONLY, 0600));
    if (strstr(HOW, "+abort")) abort();
}
