"""Scenarios of python-caldav, run as: python python_caldav.py URL USER PASSWORD SCENARIO.

A scenario raises if the server did not answer as the library expects. What it left there is looked at by the test.
"""

import sys
from datetime import date, datetime, timezone

import caldav
from caldav.elements import cdav, dav, ical
from caldav.lib import error


def at(day, hour):
    return datetime(2026, 5, day, hour, tzinfo=timezone.utc)


def titles(found):
    return sorted(str(o.component["summary"]) for o in found)


def same(got, want):
    assert got == want, f"{got!r}, want {want!r}"


def furnished(me):
    """A calendar with one of each kind, and a series."""
    cal = me.make_calendar(name="New & <one>", cal_id="new-one")
    cal.save_event(uid="lunch", dtstart=at(1, 12), dtend=at(1, 13), summary="Lunch, with ünïcode")
    cal.save_event(uid="yoga", dtstart=at(25, 18), dtend=at(25, 19), summary="Yoga", rrule={"FREQ": "DAILY", "COUNT": 3})
    cal.save_event(uid="holiday", dtstart=date(2026, 5, 20), dtend=date(2026, 5, 22), summary="Holiday")
    cal.save_todo(uid="milk", due=date(2026, 5, 6), summary="Milk")
    cal.save_journal(uid="diary", dtstart=date(2026, 5, 7), summary="Diary")
    return cal


def calendars(me):
    assert me.client.check_cdav_support(), "no CalDAV in the DAV header"
    cal = furnished(me)
    same(sorted(c.get_display_name() for c in me.calendars()), ["Cal", "New & <one>"])
    same(sorted(cal.get_supported_components()), ["VEVENT", "VJOURNAL", "VTODO"])
    cal.set_properties([dav.DisplayName("Other"), ical.CalendarColor("#112233"), cdav.CalendarDescription("<b> & co")])
    got = cal.get_properties([dav.DisplayName(), ical.CalendarColor(), cdav.CalendarDescription()])
    same(got, {dav.DisplayName.tag: "Other", ical.CalendarColor.tag: "#112233", cdav.CalendarDescription.tag: "<b> & co"})
    try:
        me.make_calendar(name="Twice", cal_id="new-one")
    except error.DAVError:
        pass
    else:
        raise AssertionError("a calendar was made where one is")
    tasks = me.make_calendar(name="Tasks", cal_id="tasks", supported_calendar_component_set=["VTODO"])
    same(tasks.get_supported_components(), ["VTODO"])
    try:
        tasks.save_event(dtstart=at(1, 12), dtend=at(1, 13), summary="No event here")
    except error.DAVError:
        pass
    else:
        raise AssertionError("a list of tasks took an event")
    tasks.delete()
    same(sorted(c.get_display_name() for c in me.calendars()), ["Cal", "Other"])


def items(me):
    cal = furnished(me)
    event = cal.event_by_uid("lunch")
    event.component["summary"] = "Dinner"
    event.save()
    again = cal.event_by_uid("lunch")
    same(str(again.component["summary"]), "Dinner")
    task = cal.todo_by_uid("milk")
    task.complete()
    same(titles(cal.todos()), [])
    same(titles(cal.todos(include_completed=True)), ["Milk"])
    cal.journal_by_uid("diary").delete()
    same(titles(cal.journals()), [])
    try:
        cal.event_by_uid("nowhere")
    except error.NotFoundError:
        pass
    else:
        raise AssertionError("an event that is not there was found")


def conditions(me):
    """An edit of an old version is refused."""
    cal = furnished(me)
    mine, theirs = cal.event_by_uid("lunch"), cal.event_by_uid("lunch")
    for o in (mine, theirs):
        o.load()
    theirs.component["summary"] = "Theirs"
    theirs.save()
    mine.component["summary"] = "Mine"
    try:
        mine.save()
    except error.DAVError:
        pass
    else:
        raise AssertionError("a stale etag was taken")
    same(str(cal.event_by_uid("lunch").component["summary"]), "Theirs")


def search(me):
    cal = furnished(me)

    def events(start, end, **more):
        return titles(cal.search(start=start, end=end, event=True, post_filter=False, **more))

    same(events(at(1, 12), at(1, 13)), ["Lunch, with ünïcode"])
    same(events(at(1, 13), at(1, 14)), [])
    same(events(at(1, 11), at(1, 12)), [])
    same(events(at(21, 0), at(21, 1)), ["Holiday"])
    same(events(at(22, 0), at(22, 1)), [])
    same(events(at(26, 18), at(26, 19)), ["Yoga"])
    expanded = cal.search(start=at(1, 0), end=at(30, 0), event=True, expand=True)
    same(titles(expanded), ["Holiday", "Lunch, with ünïcode", "Yoga", "Yoga", "Yoga"])
    same(titles(cal.search(todo=True)), ["Milk"])
    same(titles(cal.search(journal=True)), ["Diary"])
    same(titles(cal.search(start=at(6, 0), end=at(7, 0), todo=True, post_filter=False)), ["Milk"])
    same(titles(cal.search(start=at(9, 0), end=at(10, 0), todo=True, post_filter=False)), [])
    same(titles(cal.search(event=True, summary="oga", post_filter=False)), ["Yoga"])
    same(titles(cal.search(event=True, summary="OGA", post_filter=False)), [])
    same(titles(cal.search(event=True, uid="holiday", post_filter=False)), ["Holiday"])


def changes(me):
    """A sync token tells what was made, changed and deleted since."""
    cal = furnished(me)
    before = cal.objects_by_sync_token(load_objects=True, disable_fallback=True)
    same(len(list(before)), 5)
    assert before.sync_token, "no sync token"
    event = cal.event_by_uid("lunch")
    event.component["summary"] = "Dinner"
    event.save()
    cal.save_event(uid="fresh", dtstart=at(2, 8), dtend=at(2, 9), summary="Fresh")
    cal.todo_by_uid("milk").delete()
    since = cal.objects_by_sync_token(sync_token=before.sync_token, load_objects=False, disable_fallback=True)
    same(sorted(str(o.url).rsplit("/", 1)[1] for o in since), ["fresh.ics", "lunch.ics", "milk.ics"])
    updated, deleted = before.sync()
    same(titles(updated), ["Dinner", "Fresh"])
    same([str(o.url).rsplit("/", 1)[1] for o in deleted], ["milk.ics"])
    same(len(list(before)), 5)
    quiet = cal.objects_by_sync_token(sync_token=before.sync_token, disable_fallback=True)
    same(list(quiet), [])
    try:
        cal.objects_by_sync_token(sync_token="urn:never:given", disable_fallback=True)
    except error.DAVError:
        pass
    else:
        raise AssertionError("a token that was never given was taken")


def multiget(me):
    cal = furnished(me)
    urls = [o.url for o in cal.search()]
    same(titles(cal.multiget(urls)), ["Diary", "Holiday", "Lunch, with ünïcode", "Milk", "Yoga"])
    try:
        list(cal.multiget(urls + [cal.url.join("nowhere.ics")], raise_notfound=True))
    except error.NotFoundError:
        pass
    else:
        raise AssertionError("an item that is not there was given")


url, user, password, scenario = sys.argv[1:]
with caldav.DAVClient(url=url, username=user, password=password) as client:
    globals()[scenario](client.principal())
