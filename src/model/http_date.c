#include "model/http_date.h"

#include <string.h>

struct fields
{
    int day, month, year, hour, minute, second;
    bool has_day, has_month, has_year, has_time;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Up to four digits; -1 for anything else. */
static int number(const char *text, size_t length)
{
    int value = 0;
    size_t i;

    if (!length || length > 4)
        return -1;
    for (i = 0; i < length; i++)
    {
        if (!is_digit(text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static bool read_time(const char *text, size_t length, struct fields *fields)
{
    if (length != 8 || text[2] != ':' || text[5] != ':' || fields->has_time)
        return false;
    fields->hour = number(text, 2);
    fields->minute = number(text + 3, 2);
    fields->second = number(text + 6, 2);
    fields->has_time = true;
    return true;
}

static bool read_number(const char *text, size_t length, struct fields *fields)
{
    int value = number(text, length);

    if (value < 0 || length == 3)
        return false;
    if (!fields->has_day && length <= 2)
    {
        fields->day = value;
        return fields->has_day = true;
    }
    if (fields->has_year)
        return false;
    /* two digits: RFC 850, so the last century's half that HTTP has lived in */
    fields->year = length == 4 ? value : value >= 70 ? 1900 + value : 2000 + value;
    return fields->has_year = true;
}

static void read_word(const char *text, size_t length, struct fields *fields)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int i;

    if (length != 3 || fields->has_month)
        return;
    for (i = 0; i < 12; i++)
        if (!memcmp(text, months + 3 * i, 3))
        {
            fields->month = i + 1;
            fields->has_month = true;
        }
    /* anything else is the day of the week or the zone, which is always GMT */
}

static bool are_possible(const struct fields *fields)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = fields->year % 4 == 0 && (fields->year % 100 != 0 || fields->year % 400 == 0);

    if (!fields->has_day || !fields->has_month || !fields->has_year || !fields->has_time)
        return false;
    if (fields->year < 1601 || fields->day < 1 ||
        fields->day > days[fields->month - 1] + (leap && fields->month == 2))
        return false;
    return fields->hour >= 0 && fields->hour < 24 && fields->minute >= 0 && fields->minute < 60 &&
           fields->second >= 0 && fields->second <= 60; /* a leap second */
}

/* Days since 1970-01-01, counting years from March so that the leap day comes last. */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t m = month > 2 ? month - 3 : month + 9;

    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

bool http_date_parse(const char *text, size_t length, int64_t *seconds)
{
    struct fields fields = {0};
    size_t i = 0, start;

    while (i < length)
    {
        start = i;
        while (i < length && text[i] != ' ' && text[i] != ',' && text[i] != '-')
            i++;
        if (i - start == 8 && text[start + 2] == ':')
        {
            if (!read_time(text + start, i - start, &fields))
                return false;
        }
        else if (i > start && is_digit(text[start]))
        {
            if (!read_number(text + start, i - start, &fields))
                return false;
        }
        else if (i > start)
            read_word(text + start, i - start, &fields);
        i++;
    }
    if (!are_possible(&fields))
        return false;
    *seconds = days_since_1970(fields.year, fields.month, fields.day) * 86400 + fields.hour * 3600 +
               fields.minute * 60 + fields.second;
    return true;
}

static void put_number(char *out, int value, int digits)
{
    while (digits--)
    {
        out[digits] = (char)('0' + value % 10);
        value /= 10;
    }
}

bool http_date_format(int64_t seconds, char *out, size_t size)
{
    static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* 1970 began on a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[HTTP_DATE_SIZE] = "Thu, 01 Jan 1970 00:00:00 GMT";
    int64_t days = seconds / 86400;
    int rest = (int)(seconds % 86400), year = 1970, month = 1;

    if (seconds < 0 || seconds >= HTTP_DATE_END || size < sizeof(text))
        return false;
    memcpy(text, weekdays + 3 * (days % 7), 3);
    year += (int)(days / 366); /* not too late; then step */
    while (days_since_1970(year + 1, 1, 1) <= days)
        year++;
    while (month < 12 && days_since_1970(year, month + 1, 1) <= days)
        month++;
    put_number(text + 5, (int)(days - days_since_1970(year, month, 1)) + 1, 2);
    memcpy(text + 8, months + 3 * (month - 1), 3);
    put_number(text + 12, year, 4);
    put_number(text + 17, rest / 3600, 2);
    put_number(text + 20, rest / 60 % 60, 2);
    put_number(text + 23, rest % 60, 2);
    memcpy(out, text, sizeof(text));
    return true;
}
