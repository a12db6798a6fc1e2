"""Dates with time zones of zoneinfo, pytz, dateutil and datetime, and what Python writes for them: make_zones.py NAME PROTOCOL"""
import datetime as D, pickle, json, sys, pytz, zoneinfo, dateutil.tz as dz
B = pytz.timezone('Europe/Berlin')
vals = {
 'zoneinfo': D.datetime(2021,3,28,3,30,tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')),
 'zoneinfo fold': D.datetime(2021,10,31,2,30,fold=1,tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')),
 'zoneinfo no cache': D.datetime(2021,10,31,2,30,tzinfo=zoneinfo.ZoneInfo.no_cache('Asia/Tokyo')),
 'pytz': B.localize(D.datetime(2021,7,1,12,0)), 'pytz winter': B.localize(D.datetime(2021,1,1,12,0,0,5)),
 'pytz lmt': D.datetime(2021,1,1,tzinfo=B), 'pytz utc': D.datetime(2021,1,1,tzinfo=pytz.UTC), 'pytz fixed': D.datetime(2021,1,1,tzinfo=pytz.FixedOffset(-90)),
 'pytz static': D.datetime(2021,1,1,tzinfo=pytz.timezone('Etc/GMT+5')), 'pytz west': pytz.timezone('America/St_Johns').localize(D.datetime(2021,7,1)),
 'utc': D.datetime(2021,1,1,tzinfo=D.timezone.utc), 'fixed': D.datetime(2021,1,1,tzinfo=D.timezone(D.timedelta(hours=-3,minutes=-30))), 'named': D.datetime(2021,1,1,tzinfo=D.timezone(D.timedelta(hours=1),'CET')),
 'dateutil': D.datetime(2021,7,1,tzinfo=dz.gettz('Europe/Berlin')), 'dateutil utc': D.datetime(2021,7,1,tzinfo=dz.tzutc()), 'dateutil offset': D.datetime(2021,7,1,tzinfo=dz.tzoffset('X',3600)), 'dateutil offset none': D.datetime(2021,7,1,tzinfo=dz.tzoffset(None,-1800)), 'dateutil local': D.datetime(2021,7,1,tzinfo=dz.tzlocal()),
 'time': D.time(12,30,tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')), 'zone alone': zoneinfo.ZoneInfo('Asia/Kolkata'), 'pytz alone': B, 'pytz utc alone': pytz.utc,
}
pickle.dump(vals, open(sys.argv[1]+'.pkl','wb'), protocol=int(sys.argv[2])); json.dump({k: repr(v) for k,v in pickle.loads(pickle.dumps(vals, int(sys.argv[2]))).items()}, open(sys.argv[1]+'.json','w'), indent=0)
