/** The filter box: an expression as on the command line, with the place of a mistake. */
import type { VNode } from 'preact';
import type { App } from './app.ts';

export function FilterBox({ app }: { readonly app: App }): VNode {
  const { filterText, filterProblem, model } = app;
  return (
    <form
      class={`filter${filterProblem === undefined ? '' : ' wrong'}`}
      role="search"
      onSubmit={(event) => event.preventDefault()}
    >
      <label for="filter" class="hidden">
        Filter
      </label>
      <input
        id="filter"
        type="text"
        value={filterText}
        placeholder="filter: web-* event=die exitCode!=0"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        aria-invalid={filterProblem !== undefined}
        aria-describedby={filterProblem === undefined ? undefined : 'filter-problem'}
        onInput={(event) => app.filter((event.target as HTMLInputElement).value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (filterText === '') (event.target as HTMLInputElement).blur();
          else app.filter('');
          event.stopPropagation();
        }}
      />
      {filterText === '' ? (
        <kbd aria-hidden="true">/</kbd>
      ) : (
        <span class="matches" role="status">
          {filterProblem === undefined ? model.filtered.events.length.toLocaleString('en') : ''}
        </span>
      )}
      {filterProblem !== undefined && (
        <div class="problem" id="filter-problem" role="alert">
          <code>
            {filterText.slice(Math.max(0, filterProblem.position - 30), filterProblem.position)}
            <mark>
              {filterText.slice(filterProblem.position, filterProblem.position + filterProblem.length) || ' '}
            </mark>
            {filterText.slice(filterProblem.position + filterProblem.length).slice(0, 40)}
          </code>
          <p>{filterProblem.message.replace(/^invalid filter "(?:[^"\\]|\\.)*": /, '')}</p>
        </div>
      )}
    </form>
  );
}
