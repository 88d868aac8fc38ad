-- Read when the volume of PostgreSQL is new, and never again. Nobody but the administrator comes into
-- a database that is not theirs; in the inbox's, what loads is the inbox's role, so that what either
-- of them makes is the inbox's.
\getenv loader LOADER_PASSWORD
\getenv inbox INBOX_PASSWORD
CREATE ROLE inbox LOGIN PASSWORD :'inbox';
CREATE ROLE loader LOGIN PASSWORD :'loader' IN ROLE inbox;
CREATE DATABASE warehouse OWNER loader;
CREATE DATABASE meltano OWNER loader;
CREATE DATABASE inbox OWNER inbox;
REVOKE CONNECT ON DATABASE warehouse, meltano, inbox FROM PUBLIC;
ALTER ROLE loader IN DATABASE inbox SET role = 'inbox';
