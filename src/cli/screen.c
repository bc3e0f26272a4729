#include "screen.h"

#include "print.h"

#include <stdlib.h>
#include <wchar.h>

void screen_init(struct screen *screen, bool plain)
{
    *screen = (struct screen){.live = !plain && print_columns() > 8};
}

void screen_begin(struct screen *screen)
{
    CONSOLE_SCREEN_BUFFER_INFO info;

    screen->used = 0;
    screen->lines = 0;
    if (!screen->live || !GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info))
        return;
    /* the last column stays free: a character there would begin a new line */
    screen->columns = (unsigned int)(info.srWindow.Right - info.srWindow.Left);
    screen->rows = (unsigned int)(info.srWindow.Bottom - info.srWindow.Top);
}

/* A line of exactly the console's width, so that what was there is overwritten. */
static void put_line(struct screen *screen, const WCHAR *line)
{
    size_t length = wcslen(line), width = screen->columns, i;
    size_t wanted = screen->used + width + 3;
    WCHAR *larger;

    if (wanted > screen->capacity)
    {
        larger = realloc(screen->text, wanted * 2 * sizeof(*larger));
        if (!larger)
            return;
        screen->text = larger;
        screen->capacity = wanted * 2;
    }
    for (i = 0; i < width; i++)
        screen->text[screen->used++] = i < length ? line[i] : ' ';
    screen->text[screen->used++] = '\r';
    screen->text[screen->used++] = '\n';
    screen->text[screen->used] = 0;
    screen->lines++;
}

void screen_line(struct screen *screen, const WCHAR *line)
{
    if (screen->live && screen->lines < screen->rows)
        put_line(screen, line);
}

void screen_end(struct screen *screen)
{
    HANDLE console = GetStdHandle(STD_OUTPUT_HANDLE);
    CONSOLE_SCREEN_BUFFER_INFO info;
    unsigned int lines = screen->lines;
    COORD top;

    if (!screen->live || !GetConsoleScreenBufferInfo(console, &info))
        return;
    while (screen->lines < screen->drawn && screen->lines < screen->rows)
        put_line(screen, L""); /* what a longer picture left */
    top = info.dwCursorPosition;
    top.X = 0;
    top.Y = (SHORT)(top.Y > (SHORT)screen->drawn ? top.Y - (SHORT)screen->drawn : 0);
    SetConsoleCursorPosition(console, top);
    if (screen->text)
        print_text(screen->text);
    screen->drawn = screen->lines > lines ? screen->lines : lines;
}
