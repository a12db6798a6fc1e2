"""DataFrames, indices and scalars with time zones, and what pandas says of every value. Run with each pandas and a folder to write
to; PYTHONTZPATH= makes zoneinfo read the tzdata package instead of what the system has."""
import datetime, json, pickle, sys
import pandas as pd, numpy as np, pytz, dateutil.tz
v = pd.__version__
out = sys.argv[1]
# Around the changes of summer time, ambiguous hours, before 1970, after 2037.
utc = ['1850-05-05 12:00', '1895-01-01 00:00', '1916-06-01 12:00', '1945-07-01 00:00', '1969-12-31 23:59:59', '1970-01-01',
       '1986-04-27 09:59:59', '2021-03-28 00:59:59', '2021-03-28 01:00:00', '2021-10-31 00:30', '2021-10-31 01:30',
       '2021-11-07 05:30', '2021-11-07 06:30', '2024-02-29 12:34:56.789', '2037-07-01', '2037-12-01', '2038-01-20', '2050-07-01 12:00', '2199-01-01', 'NaT']
base = pd.DatetimeIndex(utc).tz_localize('UTC')
names = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Africa/Monrovia', 'America/Sao_Paulo', 'Europe/Dublin', 'Pacific/Apia', 'Asia/Kathmandu', 'Etc/GMT+5', 'US/Pacific', 'America/Argentina/Buenos_Aires', 'Africa/Casablanca']
zones = {'pytz ' + n: pytz.timezone(n) for n in names}
zones.update({'dateutil ' + n: dateutil.tz.gettz(n) for n in names[:4]})
zones['dateutil utc'] = dateutil.tz.tzutc(); zones['dateutil offset'] = dateutil.tz.tzoffset('X', -12600)
zones['pytz fixed'] = pytz.FixedOffset(90); zones['pytz utc'] = pytz.UTC
zones['datetime utc'] = datetime.timezone.utc
zones['datetime fixed'] = datetime.timezone(datetime.timedelta(hours=5, minutes=45))
zones['datetime seconds'] = datetime.timezone(datetime.timedelta(seconds=-3601)) if v >= '2' else datetime.timezone(datetime.timedelta(hours=-3))
try:
    import zoneinfo
    zones.update({'zoneinfo ' + n: zoneinfo.ZoneInfo(n) for n in names}); zones['zoneinfo UTC'] = zoneinfo.ZoneInfo('UTC')
except ImportError: pass
def works(z):
    try: return len([str(x) for x in pd.Series(base.tz_convert(z))])
    except Exception: return 0
zones = {k: z for k, z in zones.items() if works(z)}
frame = pd.DataFrame({k: pd.Series(base.tz_convert(z)) for k, z in zones.items()})
import dateutil as du
objects = {'frame': frame, 'index': {k: base[:-1].tz_convert(z) for k, z in zones.items()}, 'scalars': {k: [base[9].tz_convert(z), base[10].tz_convert(z), base[3].tz_convert(z)] for k, z in zones.items()},
 'by': pd.Series(range(19), index=base[:-1].tz_convert(zones['pytz Europe/Berlin']))}
truth = {'frame': {k: [str(x) for x in frame[k]] for k in frame}, 'dtypes': {k: str(d) for k, d in frame.dtypes.items()},
 'index': {k: [str(x) for x in i] for k, i in objects['index'].items()}, 'scalars': {k: [str(x) for x in i] for k, i in objects['scalars'].items()}}
pickle.dump(objects, open(f'{out}/tz_{v}.pkl', 'wb'), protocol=4)
json.dump(truth, open(f'{out}/tz_{v}.json', 'w'), indent=0)
